/** Timers are good to a millisecond: sleep to within this, then look at every turn of the event loop. */
const LAST_NS = 1e6
/** Share of the time that may be waited for that way, and how much of it can be saved up. */
const SPIN_SHARE = 0.1
const MAX_CREDIT_NS = 20e6
/** Longest timer; the next call arms again. */
const MAX_SLEEP_MS = 1000

/**
 * Calls back at monotonic instants with node's own timers. The last millisecond is waited for with
 * setImmediate, so that arrivals are still read meanwhile. That is spinning, so it has a budget: many
 * calls, where something is due all the time, are paced by timers alone, to within a millisecond.
 */
export class Pacer {
  readonly #nowNs: () => number
  readonly #onDue: (wantedNs: number) => void
  #dueNs = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #wantedNs = 0
  #creditNs = MAX_CREDIT_NS
  #creditedNs: number
  #spinFromNs = 0

  constructor(nowNs: () => number, onDue: (wantedNs: number) => void) {
    this.#nowNs = nowNs
    this.#onDue = onDue
    this.#creditedNs = nowNs()
  }

  /** Replaces the instant waited for; Infinity waits for nothing. */
  arm(dueNs: number): void {
    if (dueNs === this.#dueNs) return
    this.cancel()
    this.#dueNs = dueNs
    // An instant that has passed stands for now: its lateness counts from here.
    this.#wantedNs = Math.max(dueNs, this.#nowNs())
    if (dueNs !== Number.POSITIVE_INFINITY) this.#wait()
  }

  cancel(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#dueNs = Number.POSITIVE_INFINITY
  }

  #wait(): void {
    const nowNs = this.#nowNs()
    const leftNs = this.#dueNs - nowNs
    if (leftNs > 2 * LAST_NS) {
      const ms = Math.min(MAX_SLEEP_MS, Math.floor((leftNs - LAST_NS) / 1e6))
      this.#timer = setTimeout(() => this.#wait(), ms)
    } else if (leftNs > 0 && !this.#maySpin(nowNs)) {
      this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.round(leftNs / 1e6)))
    } else {
      this.#spinFromNs = nowNs
      this.#immediate = setImmediate(() => this.#spun())
    }
  }

  #maySpin(nowNs: number): boolean {
    const earnedNs = SPIN_SHARE * (nowNs - this.#creditedNs)
    this.#creditNs = Math.min(MAX_CREDIT_NS, this.#creditNs + earnedNs)
    this.#creditedNs = nowNs
    return this.#creditNs > 0
  }

  #spun(): void {
    this.#creditNs -= this.#nowNs() - this.#spinFromNs
    this.#look()
  }

  #look(): void {
    if (this.#nowNs() < this.#dueNs) {
      this.#wait()
      return
    }
    this.#dueNs = Number.POSITIVE_INFINITY
    this.#onDue(this.#wantedNs)
  }
}
