/** A rate with a burst: `take` says whether one more event at this instant is within it. */
export class TokenBucket {
  readonly #perNs: number
  readonly #burst: number
  #tokens: number
  #at: number

  /** @param burst events that may come at once; the bucket starts full */
  constructor(perSecond: number, burst: number, nowNs: number) {
    this.#perNs = perSecond / 1e9
    this.#burst = burst
    this.#tokens = burst
    this.#at = nowNs
  }

  take(nowNs: number): boolean {
    if (nowNs > this.#at) {
      this.#tokens = Math.min(this.#burst, this.#tokens + (nowNs - this.#at) * this.#perNs)
      this.#at = nowNs
    }
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
