import { INTERVAL_MS } from '../../shared/clock.ts'
import { startOfInterval } from '../../shared/intervals.ts'
import { GRACE_MS } from '../store/history/append.ts'
import type { Work } from '../store/history/claims.ts'
import { KNOWN_FOR_MS } from '../store/history/queue.ts'
import { DAY_MS } from '../store/history/rolled.ts'
import { rollDay } from './day.ts'
import { LastWritten } from './last-written.ts'
import { type QuarterParts, rollQuarters } from './quarters.ts'

export interface RollerOptions extends QuarterParts {
  /** A name that no other running collector has. */
  readonly claimer: string
  /** Pieces of work in one turn. */
  readonly most?: number
}

/** Of more, what is read of one site outlives two sweeps of the heap while others are judged. */
const MOST = 16
const HOLD_MS = 5 * 60_000
/** Intervals whose silence is looked for in one turn. */
const MOST_SWEEPS = 100
const SWEPT = 'history-swept'
const BEAT_EVERY_MS = 30_000
/** A pause of this process longer than this (suspended, stopped) was no uptime. */
const LONGEST_BEAT_MS = 90_000

/**
 * Turns records into history: takes intervals and days that are due, rolls them up, judges them by the
 * collector's own judging, writes them, tells the ledger. Work is claimed, bounded in each turn, and
 * safe to repeat: whatever the order in which records come, the same rows stand in the end.
 */
export class Roller {
  readonly #options: RollerOptions
  readonly #last = new LastWritten()
  #upSince = 0
  #beatMs = 0

  constructor(options: RollerOptions) {
    this.#options = options
  }

  /** One turn; how many pieces were done. To be called again and again, never twice at a time. */
  async turn(): Promise<number> {
    const { book, nowMs, claimer, most = MOST } = this.#options
    await this.#beat()
    await this.#sweep()
    const work = await book.claim(claimer, nowMs(), HOLD_MS, most)
    for (const wave of wavesOf(work.filter(({ kind }) => kind === 'interval'))) {
      await rollQuarters(this.#options, this.#last, wave)
      await book.settle(claimer, wave)
    }
    for (const piece of work.filter(({ kind }) => kind === 'day')) {
      await this.#rollDay(piece)
      await book.settle(claimer, [piece])
    }
    return work.length
  }

  /** Tells that a collector is up: else a site's silence could not be told from its own. */
  async #beat(): Promise<void> {
    const { book, nowMs, claimer } = this.#options
    const now = nowMs()
    if (now - this.#beatMs < BEAT_EVERY_MS) return
    if (now - this.#beatMs > LONGEST_BEAT_MS) this.#upSince = now
    this.#beatMs = now
    await book.beat(claimer, this.#upSince, now)
  }

  async #sweep(): Promise<void> {
    const { book, nowMs } = this.#options
    const last = startOfInterval(nowMs() - GRACE_MS) - INTERVAL_MS
    const swept = await book.reached(SWEPT)
    const first = Math.max(swept ?? last - INTERVAL_MS, last - KNOWN_FOR_MS) + INTERVAL_MS
    for (let at = first; at <= last && at < first + MOST_SWEEPS * INTERVAL_MS; at += INTERVAL_MS) {
      await book.markSilent(at, nowMs())
      await book.reach(SWEPT, at)
    }
  }

  async #rollDay({ site, fromMs }: Work): Promise<void> {
    const { book } = this.#options
    const span = { site, fromMs, toMs: fromMs + DAY_MS }
    const [periods, intervals] = [await book.periods(span), await book.wholeIntervals(span)]
    await book.putDay(rollDay(site, fromMs, periods, intervals))
  }
}

/** Pieces in their order, no site twice among those that are done together. */
function wavesOf(work: readonly Work[]): Work[][] {
  const waves: Work[][] = []
  const had = new Map<string, number>()
  for (const piece of work) {
    const nth = had.get(piece.site) ?? 0
    had.set(piece.site, nth + 1)
    const wave = waves[nth]
    if (wave === undefined) waves.push([piece])
    else wave.push(piece)
  }
  return waves
}
