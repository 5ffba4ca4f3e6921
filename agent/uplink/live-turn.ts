/**
 * When a live record is to go: at once, or at this agent's own place in the time over which the
 * collector spreads its fleet. The backlog is not spread, and neither is anything until the collector
 * said so.
 */
export class LiveTurn {
  readonly #place: number
  readonly #go: (name: string) => void
  #spreadMs = 0
  #name = ''
  #timer: NodeJS.Timeout | null = null

  /** @param place of this agent in the time, 0 to 1 @param go called with the newest live record */
  constructor(place: number, go: (name: string) => void) {
    this.#place = place
    this.#go = go
  }

  /** What the newest answer said. */
  spread(ms: number): void {
    this.#spreadMs = ms
  }

  offer(name: string): void {
    this.#name = name
    if (this.#timer !== null) return
    const ms = this.#place * this.#spreadMs
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
