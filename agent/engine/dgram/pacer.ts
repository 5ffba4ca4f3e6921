/** Timers are good to a millisecond: sleep to within this, then look at every turn of the event loop. */
const LAST_NS = 1e6
/** Longest timer; the next call arms again. */
const MAX_SLEEP_MS = 1000

/**
 * Calls back at monotonic instants with node's own timers. The last millisecond is waited for with
 * setImmediate, so that arrivals are still read meanwhile; nothing is waited for longer that way.
 */
export class Pacer {
  readonly #nowNs: () => number
  readonly #onDue: (dueNs: number) => void
  #dueNs = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  constructor(nowNs: () => number, onDue: (dueNs: number) => void) {
    this.#nowNs = nowNs
    this.#onDue = onDue
  }

  /** Replaces the instant waited for; Infinity waits for nothing. */
  arm(dueNs: number): void {
    if (dueNs === this.#dueNs) return
    this.cancel()
    this.#dueNs = dueNs
    if (dueNs !== Number.POSITIVE_INFINITY) this.#wait()
  }

  cancel(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#dueNs = Number.POSITIVE_INFINITY
  }

  #wait(): void {
    const leftNs = this.#dueNs - this.#nowNs()
    if (leftNs > 2 * LAST_NS) {
      const ms = Math.min(MAX_SLEEP_MS, Math.floor((leftNs - LAST_NS) / 1e6))
      this.#timer = setTimeout(() => this.#wait(), ms)
      return
    }
    this.#immediate = setImmediate(() => this.#look())
  }

  #look(): void {
    if (this.#nowNs() < this.#dueNs) {
      this.#wait()
      return
    }
    const dueNs = this.#dueNs
    this.#dueNs = Number.POSITIVE_INFINITY
    this.#onDue(dueNs)
  }
}
