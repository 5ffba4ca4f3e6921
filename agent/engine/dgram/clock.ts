import { performance } from 'node:perf_hooks'
import type { Clock } from '../../../shared/clock.ts'
import { WallSteps } from '../wall-steps.ts'

const DAY_SECONDS = 86_400
const MS = 1e6
/** A look that was interrupted between its clocks leaves the offset open by more: look again. */
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
    this.#lookClosely()
    this.steps.observe(this.wallOffsetNs())
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
    const look = this.#look()
    const nowNs = look.contradicts ? this.#lookClosely() : look.nowNs
    // What looking again came nearer by is no step of its own.
    this.steps.observe(this.wallOffsetNs())
    return nowNs
  }

  /** Looks until it is known as closely as it can be; returns monotonic time. */
  #lookClosely(): number {
    let { nowNs } = this.#look()
    for (let i = 1; i < ATTEMPTS && this.#highNs - this.#lowNs > CLOSE_ENOUGH_NS; i++)
      nowNs = this.#look().nowNs
    return nowNs
  }

  #look(): { readonly nowNs: number; readonly contradicts: boolean } {
    const before = this.monotonicNs()
    const cutNs = (Date.now() - this.baseSeconds * 1000) * MS
    const nowNs = this.monotonicNs()
    const low = cutNs - nowNs
    const high = cutNs + MS - before
    const contradicts = low > this.#highNs || high < this.#lowNs
    this.#lowNs = contradicts ? low : Math.max(low, this.#lowNs)
    this.#highNs = contradicts ? high : Math.min(high, this.#highNs)
    return { nowNs, contradicts }
  }
}
