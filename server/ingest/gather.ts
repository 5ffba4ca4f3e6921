/**
 * An fsync, and waking the threads on the way to it, cost as much as many records: those that arrive
 * within this long of the last commit share the next one ...
 */
const GATHER_MS = 150
/** ... unless so many are there already. */
export const GATHERED = 32
/** Commits that are made soon after one waited and nobody came: a single sender is not held up. */
const SOON = 32

/** How long what waits for a commit waits for company. */
export class Gathering {
  readonly #monotonicMs: () => number
  #begunMs = Number.NEGATIVE_INFINITY
  #soon = 0
  #isLong = false

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** Calls when it is time: after `leastMs`, or when the last commit is long enough ago. */
  wait(leastMs: number, then: () => void): NodeJS.Timeout {
    const leftMs = this.#begunMs + GATHER_MS - this.#monotonicMs()
    this.#isLong = this.#soon === 0 && leftMs > leastMs
    return setTimeout(then, this.#isLong ? leftMs : leastMs)
  }

  /**
   * A commit begins.
   * @param found senders that were there when a wait was over; 0: it was not waited for
   */
  begun(found: number): void {
    this.#soon = Math.max(0, this.#soon - 1)
    if (this.#isLong && found === 1) this.#soon = SOON
    this.#isLong = false
    this.#begunMs = this.#monotonicMs()
  }
}
