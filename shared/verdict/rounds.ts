import type { Observation } from '../record/kinds.ts'
import type { AgentRecord } from '../record/record.ts'

/** One look of an agent at everything besides voice, with as many of its parts as have come. */
export interface Round {
  readonly agent: string
  readonly startedMs: number
  readonly everyMs: number
  /** All its parts are here. */
  readonly complete: boolean
  readonly observations: readonly Observation[]
}

/** No agent's word makes what it saw hold for longer than a day. */
export const LONGEST_VALIDITY_MS = 24 * 3_600_000
/** A book keeps the newest rounds: those under way, and the last one that is whole. */
const KEPT = 4

interface Page {
  readonly agent: string
  readonly startedMs: number
  readonly everyMs: number
  readonly parts: number
  readonly seen: Map<number, readonly Observation[]>
}

/** The newest rounds of one site, put together from the records that carry them. */
export class RoundBook {
  #pages: Page[] = []

  /** Takes a record's part; the same part again changes nothing. */
  add(record: Pick<AgentRecord, 'agent' | 'round' | 'observations'>): void {
    const { round, agent } = record
    if (round === undefined) return
    const { startedMs, everyMs, parts } = round
    const same = (page: Page) => page.agent === agent && page.startedMs === startedMs
    const page = this.#pages.find(same) ?? { agent, startedMs, everyMs, parts, seen: new Map() }
    const observations = record.observations.filter(({ kind }) => kind !== 'stream')
    page.seen.set(round.part, observations)
    const others = this.#pages.filter((other) => !same(other))
    this.#pages = [...others, page].sort((a, b) => b.startedMs - a.startedMs).slice(0, KEPT)
  }

  /**
   * What holds at an instant (milliseconds since 1970): the newest whole round that began before it
   * and is not older than twice its schedule; one of which parts are missing only where there is no
   * whole one. Null: nothing holds.
   */
  at(ms: number): Round | null {
    const valid = this.#pages.filter(
      ({ startedMs, everyMs }) => startedMs <= ms && ms < validUntil({ startedMs, everyMs }),
    )
    const page = valid.find((one) => one.seen.size >= one.parts) ?? valid[0]
    if (page === undefined) return null
    const { agent, startedMs, everyMs, parts, seen } = page
    const observations = [...seen.values()].flat()
    return { agent, startedMs, everyMs, complete: seen.size >= parts, observations }
  }
}

/** When what a round saw ceases to hold, milliseconds since 1970. */
export function validUntil({ startedMs, everyMs }: Pick<Round, 'startedMs' | 'everyMs'>): number {
  return startedMs + Math.min(2 * everyMs, LONGEST_VALIDITY_MS)
}
