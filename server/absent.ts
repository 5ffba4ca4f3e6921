import type { KnownAccess } from './access/known.ts'
import type { TokenBook } from './access/token-file.ts'
import { type Holders, holdersOf, type Proofs } from './holders.ts'
import type { LiveSite, LiveSites } from './ingest/live.ts'
import type { RevokedAgent } from './metrics/agent-families.ts'
import type { PlanDesk } from './plans/plan-desk.ts'

/** An agent that holds a key and never sent a record. */
export interface AbsentAgent {
  readonly site: string
  readonly agent: string
  /** When it enrolled, milliseconds since 1970. */
  readonly sinceMs: number
}

/** A site that an agent enrolled for, or that has a plan, and that no record ever came from. */
export interface AbsentSite {
  readonly site: string
  readonly cause: 'never-sent' | 'never-enrolled'
  readonly agents: readonly AbsentAgent[]
  /** Profile of its plan; empty: it has none. */
  readonly profileSha256: string
}

type Known = Pick<KnownAccess, 'fresh' | 'keys' | 'tokens'>

/** What should be heard of, held against what is: nothing ever heard must not look like nothing amiss. */
export class Absence {
  readonly #known: Known
  readonly #file: TokenBook
  readonly #plans: Pick<PlanDesk, 'sites' | 'profileSha256'>
  readonly #live: LiveSites
  #read: Proofs | null = null
  #held: Holders = { sites: new Set(), inForce: new Set(), unheard: [], revoked: new Map() }

  constructor(
    known: Known,
    file: TokenBook,
    plans: Pick<PlanDesk, 'sites' | 'profileSha256'>,
    live: LiveSites,
  ) {
    this.#known = known
    this.#file = file
    this.#plans = plans
    this.#live = live
  }

  /** By name. A site whose agents all had their keys taken back is given up, whatever its plan. */
  sites(): AbsentSite[] {
    return this.#look().sites
  }

  /**
   * One line for each agent that should be heard and never was; `agent` is empty where none enrolled.
   * While the store does not answer it is as it was known.
   */
  async unheard(): Promise<{ readonly site: string; readonly agent: string }[]> {
    await this.#known.fresh().catch(() => {})
    const { agents, sites } = this.#look()
    const without = sites.filter((one) => one.agents.length === 0)
    return [...agents, ...without.map(({ site }) => ({ site, agent: '' }))]
  }

  site(name: string): AbsentSite | null {
    return this.sites().find(({ site }) => site === name) ?? null
  }

  /** True where all keys of an agent, or all tokens of one without any, were taken back: nothing more is taken from it. */
  isRevoked(site: string, agent: string): boolean {
    this.#readProofs()
    return this.#held.revoked.has(`${site}/${agent}`)
  }

  /** True where that is so of each agent that a site was heard by, and no other one may deliver for it. */
  isSiteRevoked({ site, agents }: Pick<LiveSite, 'site' | 'agents'>): boolean {
    return agents.every(({ agent }) => this.isRevoked(site, agent)) && !this.#held.inForce.has(site)
  }

  /** Those of them that were heard once, and since when none of their keys or tokens holds. */
  revoked(): RevokedAgent[] {
    this.#readProofs()
    return [...this.#held.revoked.values()].filter(({ site, agent }) =>
      this.#live.hears(site, agent),
    )
  }

  /** Ten thousand sites are looked at for every scrape: what keys and tokens say is read when they change. */
  #readProofs(): void {
    const proofs = {
      ...{ keys: this.#known.keys(), tokens: this.#known.tokens() },
      inFile: this.#file.tokens(),
    }
    const { keys, tokens, inFile } = this.#read ?? {}
    if (keys === proofs.keys && tokens === proofs.tokens && inFile === proofs.inFile) return
    this.#read = proofs
    this.#held = holdersOf(proofs)
  }

  #look(): { readonly agents: readonly AbsentAgent[]; readonly sites: AbsentSite[] } {
    this.#readProofs()
    // Who was heard once is never unheard again.
    const agents = this.#held.unheard.filter(({ site, agent }) => !this.#live.hears(site, agent))
    this.#held = { ...this.#held, unheard: agents }
    const withKey = this.#held.sites
    const found = new Map<string, AbsentAgent[]>()
    for (const agent of agents) {
      if (!this.#live.has(agent.site))
        found.set(agent.site, [...(found.get(agent.site) ?? []), agent])
    }
    for (const site of this.#plans.sites()) {
      if (!this.#live.has(site) && !withKey.has(site)) found.set(site, [])
    }
    const names = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
    return { agents, sites: names.map(([site, missed]) => this.#absent(site, missed)) }
  }

  #absent(site: string, agents: readonly AbsentAgent[]): AbsentSite {
    const cause = agents.length === 0 ? 'never-enrolled' : 'never-sent'
    return { site, cause, agents, profileSha256: this.#plans.profileSha256(site) }
  }
}
