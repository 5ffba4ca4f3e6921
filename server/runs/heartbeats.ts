import type { FarEndName } from '../../shared/profile/site.ts'
import type { AgentIdentity } from '../access/principals.ts'

/** What an agent says of its far ends with its question for work. */
export interface LifeWord {
  /** How many are not silent; null: it does not say. */
  readonly heard: number | null
  readonly silent: readonly { readonly farEnd: FarEndName; readonly seconds: number }[]
}

/** The newest sign of life of an agent, by the collector's clock: milliseconds since 1970. */
export interface Heartbeat {
  readonly site: string
  readonly agent: string
  readonly atMs: number
  readonly heard: number | null
  readonly silent: readonly { readonly farEnd: FarEndName; readonly sinceMs: number }[]
}

/** A question waits for 55 s at most, and after a failure the next one comes within a minute. */
const GOOD_FOR_MS = 120_000

/**
 * Signs of life of the agents that ask this collector for work. They are its word of this moment, signed in
 * no record: they say why no minute comes and can take a word back, and are never evidence of anything.
 */
export class Heartbeats {
  readonly #nowMs: () => number
  readonly #sites = new Map<string, Map<string, Heartbeat>>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** An agent asks for work. */
  hear({ site, agent }: AgentIdentity, { heard, silent }: LifeWord): void {
    const atMs = this.#nowMs()
    const since = silent.map(({ farEnd, seconds }) => ({ farEnd, sinceMs: atMs - seconds * 1000 }))
    const agents = this.#sites.get(site) ?? new Map<string, Heartbeat>()
    agents.set(agent, { site, agent, atMs, heard, silent: since })
    this.#sites.set(site, agents)
  }

  /** Sites whose agents have asked since the start. */
  get sites(): number {
    return this.#sites.size
  }

  /** Null: none came of late. */
  of(site: string, agent: string): Heartbeat | null {
    const found = this.#sites.get(site)?.get(agent)
    return found !== undefined && this.#isFresh(found) ? found : null
  }

  /** All that came of late and name a silent far end. */
  silent(): Heartbeat[] {
    const found: Heartbeat[] = []
    // Looked for at every scrape, among ten thousand sites of which few are silent.
    for (const agents of this.#sites.values())
      for (const one of agents.values())
        if (one.silent.length > 0 && this.#isFresh(one)) found.push(one)
    return found
  }

  /**
   * True while an agent of the site hears none of its far ends, none hears one, and the site's newest minute
   * began before that: what it showed is not how it is.
   */
  outdates(site: string, { fromMs }: { readonly fromMs: number }): boolean {
    return this.#hearNone(site)?.every(({ silent }) => silent.some(after(fromMs))) ?? false
  }

  /** True while an agent of the site hears none of its far ends, and none hears one. */
  isDeaf(site: string): boolean {
    return this.#hearNone(site) !== null
  }

  /** What the agents of such a site said; null: one hears a far end, or nothing is said of that. */
  #hearNone(site: string): readonly Heartbeat[] | null {
    const agents = this.#sites.get(site)
    if (agents === undefined) return null
    const fresh = [...agents.values()].filter((one) => this.#isFresh(one) && one.heard !== null)
    return fresh.length > 0 && fresh.every(({ heard }) => heard === 0) ? fresh : null
  }

  #isFresh({ atMs }: Heartbeat): boolean {
    return this.#nowMs() - atMs <= GOOD_FOR_MS
  }
}

const after =
  (fromMs: number) =>
  ({ sinceMs }: { readonly sinceMs: number }) =>
    sinceMs > fromMs
