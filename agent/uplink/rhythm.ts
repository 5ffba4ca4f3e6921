import { withAnyOf } from '../../shared/any-of.ts'
import { sleep } from '../sleep.ts'

/** Minutes are cut by the wall clock, and this agent's place in the spread stays what it is. */
const PERIOD_MS = 60_000
/** So long after its end a minute is a record, where both far ends gave their word. */
const CLOSED_MS = 3000
/** A question that still waits when a record goes costs a second connection. */
const AHEAD_MS = 300
/** Too short a time for a question: the record is waited for instead. */
const NEAR_MS = AHEAD_MS + 1000
const LATE_MS = 1000
/** An exchange of the uplink is over before. */
const LONG_MS = 60_000

export interface RhythmClocks {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  readonly monotonicMs: () => number
  /** 0 to 1. */
  readonly random: () => number
}

/**
 * When live records go, so that questions for work can end just before: then both need one connection,
 * where ten thousand agents would hold two each.
 */
export class Rhythm {
  readonly #nowMs: () => number
  readonly #place: number
  /** The end of the minute under way at the start. */
  readonly #firstEndMs: number
  #dueMs: number | null = null
  /** Due and not begun. */
  #isDue = false
  #isGoing = false
  #changed = new AbortController()
  /** Over so many milliseconds the collector wants its fleet's records to come, by its newest answer. */
  spreadMs = 0

  constructor({ nowMs, monotonicMs, random }: RhythmClocks) {
    this.#nowMs = monotonicMs
    this.#place = random()
    this.#firstEndMs = monotonicMs() + PERIOD_MS - (nowMs() % PERIOD_MS)
  }

  /** Milliseconds from a record's making to its going: this agent's own place in the spread. */
  get afterMs(): number {
    return this.#place * this.spreadMs
  }

  /** A live record is to go now. */
  due(): void {
    this.#dueMs = this.#nowMs() + PERIOD_MS
    this.#isDue = true
    this.#change()
  }

  /** Records go. */
  began(): void {
    this.#isDue = false
    this.#isGoing = true
    this.#change()
  }

  /** They were answered, or are not: their connection is free. */
  over(): void {
    this.#isGoing = false
    this.#change()
  }

  /** Seconds that a question may wait without being in a record's way; null: no record is due. */
  freeSeconds(): number | null {
    const leftMs = this.#leftMs()
    return leftMs === null ? null : Math.max(1, Math.floor((leftMs - AHEAD_MS) / 1000))
  }

  /**
   * Resolves when no record goes or is about to, and at the signal. One that is late is waited for a
   * second: a run may be asked for meanwhile. One that goes is waited for until it is answered: of a
   * collector that is slow nobody hears sooner over a second connection.
   */
  async untilQuiet(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const waitMs = this.#isGoing ? LONG_MS : this.#nearMs()
      if (waitMs <= 0) return
      await withAnyOf([stop, this.#changed.signal], (over) => sleep(waitMs, over))
    }
  }

  #change(): void {
    this.#changed.abort()
    this.#changed = new AbortController()
  }

  /** How long to wait for a record that is about to go; 0: none is. */
  #nearMs(): number {
    const leftMs = this.#leftMs()
    if (leftMs === null) return 0
    if (this.#isDue) return leftMs - PERIOD_MS + LATE_MS
    return leftMs > NEAR_MS ? 0 : leftMs + LATE_MS
  }

  /** Null where it is unknown when the next one goes. */
  #leftMs(): number | null {
    const firstMs = this.#firstEndMs + CLOSED_MS + this.afterMs
    const leftMs = (this.#dueMs ?? firstMs) - this.#nowMs()
    return leftMs < -LATE_MS ? null : leftMs
  }
}
