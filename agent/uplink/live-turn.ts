/**
 * When a live record is to go: at once, or at this agent's own place in the time over which the
 * collector spreads its fleet. The backlog is not spread, and neither is anything until the collector
 * said so.
 */
export class LiveTurn {
  readonly #afterMs: () => number
  readonly #go: (name: string) => void
  #name = ''
  #timer: NodeJS.Timeout | null = null

  /**
   * @param afterMs this agent's place in the time, milliseconds
   * @param go called with the newest live record
   */
  constructor(afterMs: () => number, go: (name: string) => void) {
    this.#afterMs = afterMs
    this.#go = go
  }

  offer(name: string): void {
    this.#name = name
    if (this.#timer !== null) return
    const ms = this.#afterMs()
    if (ms < 1) this.#go(name)
    else {
      this.#timer = setTimeout(() => {
        this.#timer = null
        this.#go(this.#name)
      }, ms)
    }
  }

  /** Whoever waits for its turn stays in the spool. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }
}
