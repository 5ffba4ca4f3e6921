import { INTERVAL_MS } from '../../shared/clock.ts'
import type { Slice } from '../store/history/runs.ts'
import { OVERALL } from './roll.ts'

type Line = Pick<Slice, 'line' | 'leg' | 'farEnd'>

export interface FailedQuarter extends Line {
  readonly site: string
  /** The quarter hour's end, milliseconds since 1970. */
  readonly toMs: number
}

interface Newest {
  readonly toMs: number
  readonly fails: readonly Line[]
}

/** The next one is judged a minute and a half after its end; a busy collector takes longer. */
const NEWS_FOR_MS = INTERVAL_MS + 5 * 60_000

/**
 * What failed over the newest quarter hour of each site, as this collector wrote it. It is what the contract is
 * judged by, and no minute need show it: a little loss all the time is too few packets in each.
 */
export class FailedQuarters {
  readonly #nowMs: () => number
  readonly #newest = new Map<string, Newest>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** A quarter hour was written; of one that is older than what is known nothing is news. */
  note(site: string, fromMs: number, slices: readonly Slice[]): void {
    const toMs = fromMs + INTERVAL_MS
    if (toMs < (this.#newest.get(site)?.toMs ?? 0)) return
    const fails = slices.filter(
      ({ line, segment, verdict }) => verdict === 'fail' && line !== OVERALL && segment === '',
    )
    this.#newest.set(site, { toMs, fails })
  }

  /** Of quarter hours that ended just now. */
  all(): FailedQuarter[] {
    const since = this.#nowMs() - NEWS_FOR_MS
    const recent = [...this.#newest].filter(([, { toMs }]) => toMs > since)
    return recent.flatMap(([site, { toMs, fails }]) =>
      fails.map(({ line, leg, farEnd }) => ({ site, toMs, line, leg, farEnd })),
    )
  }
}
