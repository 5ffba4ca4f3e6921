import { performance } from 'node:perf_hooks'
import type { Clock } from '../../../shared/clock.ts'
import { WallSteps } from '../wall-steps.ts'

const DAY_SECONDS = 86_400
const MS = 1e6
/** A first look that was interrupted between its clocks leaves the offset open by so much more: look again. */
const CLOSE_ENOUGH_NS = 1.1 * MS
const ATTEMPTS = 10

/**
 * Wall time finer than Date.now(), which is cut to milliseconds: every look narrows where the
 * offset of wall against monotonic time can lie, [cut, cut + 1 ms), until a step contradicts it.
 */
export class DgramClock implements Clock {
  readonly baseSeconds: number
  readonly steps = new WallSteps()
  #lowNs = Number.NEGATIVE_INFINITY
  #highNs = Number.POSITIVE_INFINITY

  constructor() {
    const seconds = Math.floor(Date.now() / 1000)
    this.baseSeconds = seconds - (seconds % DAY_SECONDS)
    for (let i = 0; i < ATTEMPTS; i++) {
      this.refresh()
      if (this.#highNs - this.#lowNs <= CLOSE_ENOUGH_NS) break
    }
    // What the first looks came nearer by is no step.
    this.steps.take()
  }

  monotonicNs(): number {
    return Math.round(performance.now() * MS)
  }

  wallNs(): number {
    return this.monotonicNs() + this.wallOffsetNs()
  }

  wallOffsetNs(): number {
    return Math.round((this.#lowNs + this.#highNs) / 2)
  }

  /** Looks at both clocks, counts a step, and returns monotonic time. */
  refresh(): number {
    const before = this.monotonicNs()
    const cutNs = (Date.now() - this.baseSeconds * 1000) * MS
    const nowNs = this.monotonicNs()
    const low = cutNs - nowNs
    const high = cutNs + MS - before
    const contradicts = low > this.#highNs || high < this.#lowNs
    this.#lowNs = contradicts ? low : Math.max(low, this.#lowNs)
    this.#highNs = contradicts ? high : Math.min(high, this.#highNs)
    this.steps.observe(this.wallOffsetNs())
    return nowNs
  }
}
