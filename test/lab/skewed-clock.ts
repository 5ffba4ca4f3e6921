import { readFileSync } from 'node:fs'
import type { HostClockState } from '../../agent/engine/types.ts'

/** How the clocks of a host differ from the true ones. Instants are true ones, milliseconds since 1970. */
export interface Skew {
  /** Wall clock ahead of the truth, from the beginning. */
  readonly offsetMs?: number
  /** Both clocks run this much fast, parts per million, as a bad crystal makes them. */
  readonly driftPpm?: number
  /** The wall clock jumps; the monotonic one does not. */
  readonly steps?: readonly { readonly atMs: number; readonly byMs: number }[]
  /** Both clocks run fast for a while, as when a time service slews. */
  readonly slew?: { readonly fromMs: number; readonly untilMs: number; readonly ppm: number }
  /**
   * A file that tells `steps` and `slew` as JSON, and need not be there yet: for what is to happen in the
   * middle of a run, of which nobody knows before when it begins.
   */
  readonly told?: string
  /** What the host says of its clock; default: not synchronised. */
  readonly claim?: Pick<HostClockState, 'synchronised' | 'maxErrorNs'>
}

/** The true clocks: instants in nanoseconds since `baseSeconds`, and on the monotonic clock. */
interface TrueClocks {
  readonly baseSeconds: number
  monotonicNs(): number
  wallOffsetNs(): number
}

/** How often the file is looked for. */
const LOOK_NS = 50e6

/** Arithmetic of {@link Skew}: true instants in, the host's own out. */
export class SkewedClock {
  #skew: Skew
  #nextLookNs = Number.NEGATIVE_INFINITY
  readonly #true: TrueClocks
  /** True wall minus true monotonic; the lab's kernel clock is not stepped. */
  readonly #offsetNs: number
  readonly #startNs: number

  constructor(skew: Skew, clocks: TrueClocks) {
    this.#skew = skew
    this.#true = clocks
    this.#offsetNs = clocks.wallOffsetNs()
    this.#startNs = clocks.monotonicNs()
  }

  /** The host's wall clock at a true wall instant. */
  wall(trueWallNs: number): number {
    const monotonicNs = trueWallNs - this.#offsetNs
    return trueWallNs + this.#ahead(monotonicNs) + this.#gained(monotonicNs)
  }

  /** The host's monotonic clock at a true monotonic instant. */
  monotonic(trueNs: number): number {
    return trueNs + this.#gained(trueNs)
  }

  /** The true monotonic instant at which the host's clock shows this one. */
  realOf(ownNs: number): number {
    if (!Number.isFinite(ownNs)) return ownNs
    return ownNs - this.#gained(ownNs - this.#gained(ownNs - this.#gained(ownNs)))
  }

  /** The host's wall minus its monotonic clock now. */
  offsetNs(): number {
    return this.#true.wallOffsetNs() + this.#ahead(this.#true.monotonicNs())
  }

  /** Takes what a test has told meanwhile; it lies ahead, so nothing that was said before changes. */
  #look(): void {
    const { told } = this.#skew
    if (told === undefined || this.#true.monotonicNs() < this.#nextLookNs) return
    this.#nextLookNs = this.#true.monotonicNs() + LOOK_NS
    try {
      this.#skew = { ...this.#skew, ...JSON.parse(readFileSync(told, 'utf8')), told: undefined }
    } catch {
      // it is not there yet
    }
  }

  /** What the wall clock alone is ahead. */
  #ahead(monotonicNs: number): number {
    this.#look()
    const { offsetMs = 0, steps = [] } = this.#skew
    const past = steps.filter(({ atMs }) => this.#monotonicOf(atMs) <= monotonicNs)
    return past.reduce((sum, { byMs }) => sum + byMs * 1e6, offsetMs * 1e6)
  }

  /** What both clocks have gained by running fast. */
  #gained(monotonicNs: number): number {
    const { driftPpm = 0, slew } = this.#skew
    const drift = ((monotonicNs - this.#startNs) * driftPpm) / 1e6
    if (slew === undefined) return drift
    const [from, until] = [this.#monotonicOf(slew.fromMs), this.#monotonicOf(slew.untilMs)]
    const slewed = Math.min(Math.max(monotonicNs, from), until) - from
    return drift + (slewed * slew.ppm) / 1e6
  }

  #monotonicOf(epochMs: number): number {
    return (epochMs - this.#true.baseSeconds * 1000) * 1e6 - this.#offsetNs
  }
}
