export const FIRST_RETRY_NS = 250e6
const LONGEST_RETRY_NS = 4e9
const REFUSED_RETRY_NS = 5e9
const LONGEST_REFUSED_NS = 60e9

/** Doubling waits between questions; what was refused is asked again more slowly than silence. */
export class RetryPace {
  #waitNs = FIRST_RETRY_NS
  #longestNs = LONGEST_RETRY_NS

  restart(refused = false): void {
    this.#waitNs = refused ? REFUSED_RETRY_NS : FIRST_RETRY_NS
    this.#longestNs = refused ? LONGEST_REFUSED_NS : LONGEST_RETRY_NS
  }

  /** How long to wait now, nanoseconds; the next wait is twice as long, up to a limit. */
  next(): number {
    const waitNs = this.#waitNs
    this.#waitNs = Math.min(waitNs * 2, this.#longestNs)
    return waitNs
  }
}

/** How long an open session is left alone, nanoseconds: a third of the lifetime that was granted. */
export function keepAliveNs(lifetimeSeconds = 60): number {
  return Math.min((lifetimeSeconds * 1e9) / 3, 60e9)
}
