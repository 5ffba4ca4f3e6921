import type { KnownAccess } from './access/known.ts'
import type { LiveSites } from './ingest/live.ts'
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

/** What should be heard of, held against what is: nothing ever heard must not look like nothing amiss. */
export class Absence {
  readonly #known: Pick<KnownAccess, 'fresh' | 'keys'>
  readonly #plans: Pick<PlanDesk, 'sites' | 'profileSha256'>
  readonly #live: LiveSites

  constructor(
    known: Pick<KnownAccess, 'fresh' | 'keys'>,
    plans: Pick<PlanDesk, 'sites' | 'profileSha256'>,
    live: LiveSites,
  ) {
    this.#known = known
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

  /** One pass over the keys and one over the plans: ten thousand sites are looked at for every scrape. */
  #look(): { readonly agents: readonly AbsentAgent[]; readonly sites: AbsentSite[] } {
    const agents: AbsentAgent[] = []
    const withKey = new Set<string>()
    for (const { site, agent, state, addedMs } of this.#known.keys()) {
      withKey.add(site)
      if (state !== 'active' || this.#live.hears(site, agent)) continue
      agents.push({ site, agent, sinceMs: addedMs })
    }
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
