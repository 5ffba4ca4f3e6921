import { withAnyOf } from '../../shared/any-of.ts'
import { sleep } from '../sleep.ts'

/** Minutes are cut by the wall clock, and this agent's place in the spread stays what it is. */
const PERIOD_MS = 60_000
/** A question that still waits when a record goes costs a second connection. */
const AHEAD_MS = 300
/** Too short a time for a question: the record is waited for instead. */
const NEAR_MS = AHEAD_MS + 1000
/** Nobody waits for a record that is later than this: a run may be asked for meanwhile. */
const LATE_MS = 1000

/**
 * When live records go, so that questions for work can end just before: then both need one connection,
 * where ten thousand agents would hold two each.
 */
export class Rhythm {
  readonly #nowMs: () => number
  #wentMs = Number.NEGATIVE_INFINITY
  #isGoing = false
  #over = new AbortController()

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** A live record goes now. */
  goes(): void {
    this.#wentMs = this.#nowMs()
    this.#isGoing = true
  }

  /** An exchange is over, and its connection free. */
  over(): void {
    this.#isGoing = false
    this.#over.abort()
    this.#over = new AbortController()
  }

  /** Seconds that a question may wait without being in a record's way; null: no record is due. */
  freeSeconds(): number | null {
    const leftMs = this.#leftMs()
    return leftMs === null ? null : Math.max(1, Math.floor((leftMs - AHEAD_MS) / 1000))
  }

  /** Resolves when no record goes or is about to, and at the signal; in two or three seconds at the most. */
  async untilQuiet(stop: AbortSignal): Promise<void> {
    const waitMs = this.#isGoing ? this.#wentMs + LATE_MS - this.#nowMs() : this.#nearMs()
    if (waitMs <= 0 || stop.aborted) return
    await withAnyOf([stop, this.#over.signal], (over) => sleep(waitMs, over))
  }

  /** How long to wait for a record that is about to go; 0: none is. */
  #nearMs(): number {
    const leftMs = this.#leftMs()
    return leftMs === null || leftMs > NEAR_MS ? 0 : leftMs + LATE_MS
  }

  /** Null where it is unknown when the next one goes. */
  #leftMs(): number | null {
    const leftMs = this.#wentMs + PERIOD_MS - this.#nowMs()
    return leftMs < -LATE_MS ? null : leftMs
  }
}
