/** The router's own error, microseconds: a histogram with 1 us steps, so nothing is sampled away. */
export class ErrorHistogram {
  readonly #counts = new Uint32Array(STEPS)
  #total = 0
  #max = 0

  add(errorNs: number): void {
    const us = Math.max(0, errorNs / 1000)
    this.#counts[Math.min(STEPS - 1, Math.round(us))]!++
    this.#total++
    if (us > this.#max) this.#max = us
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
    this.#max = 0
  }

  summary(): ErrorSummary {
    return {
      count: this.#total,
      p50Us: this.#quantile(0.5),
      p99Us: this.#quantile(0.99),
      maxUs: Math.round(this.#max),
    }
  }

  #quantile(share: number): number {
    const rank = Math.ceil(share * this.#total)
    let seen = 0
    for (let us = 0; us < STEPS; us++) {
      seen += this.#counts[us]!
      if (seen >= rank) return us
    }
    return STEPS - 1
  }
}

/** Above 50 ms only the maximum tells. */
const STEPS = 50_001

export interface ErrorSummary {
  readonly count: number
  readonly p50Us: number
  readonly p99Us: number
  readonly maxUs: number
}
