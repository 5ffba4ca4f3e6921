import type { ProbeShape } from './types.ts'

/** Apart by so much, the probes of one round never queue behind each other. */
const GAP_NS = 25e6
const SECOND_NS = 1e9
export const MAX_HOPS = 30
/** Routers behind the last that answered may be silent and still pass packets on. */
const BEYOND_LAST = 2
const LARGE_ROUNDS = 2

/** A probe that is due. */
export interface DueProbe {
  readonly dueNs: number
  readonly shape: ProbeShape
  readonly ttl: number
  /** Flow: 0 is the voice stream's own, others have other source ports. */
  readonly flow: number
}

export interface RoundPlan {
  readonly startNs: number
  /** Which of how many targets: their rounds take turns, so no hop hears two in a second. */
  readonly turn: number
  readonly turns: number
  readonly rounds: number
  readonly spread: number
}

/**
 * When which probe goes to one far end. The first round feels its way outwards; the others go as far
 * as it came. Every hop hears one probe a second at most, over all far ends: routers answer no faster.
 */
export class Rounds {
  readonly #plan: RoundPlan
  #round = 0
  #ttl = 1
  #last = MAX_HOPS
  #farthest = 0

  constructor(plan: RoundPlan) {
    this.#plan = plan
  }

  get total(): number {
    return this.#plan.rounds + LARGE_ROUNDS + this.#plan.spread
  }

  get round(): number {
    return this.#round
  }

  /** The next probe; null when all were sent. */
  next(): DueProbe | null {
    const { rounds, startNs, turn, turns } = this.#plan
    if (this.#round >= this.total) return null
    const at = startNs + (this.#round * turns + turn) * SECOND_NS + this.#ttl * GAP_NS
    const flow = Math.max(0, this.#round - rounds - LARGE_ROUNDS + 1)
    const shape = this.#round < rounds ? 'voice' : flow > 0 ? 'spread' : 'large'
    return { dueNs: at, shape, ttl: this.#ttl, flow }
  }

  /** The probe of {@link next} was taken. */
  advance(): void {
    this.#ttl += 1
    if (this.#ttl <= this.#last) return
    this.#ttl = 1
    this.#round += 1
    if (this.#round === 1) this.#endOfFirst()
  }

  /** The far end answered a probe of this TTL: nothing farther is asked. */
  reached(ttl: number): void {
    this.#last = Math.min(this.#last, ttl)
    if (this.#ttl > this.#last) {
      this.#ttl = 1
      this.#round += 1
    }
  }

  /** A router answered at this distance. */
  heard(ttl: number): void {
    this.#farthest = Math.max(this.#farthest, ttl)
    if (this.#round > 0 && ttl + BEYOND_LAST > this.#last && this.#unbounded)
      this.#last = Math.min(MAX_HOPS, ttl + BEYOND_LAST)
  }

  #unbounded = false

  #endOfFirst(): void {
    if (this.#last < MAX_HOPS) return
    this.#unbounded = true
    this.#last = Math.min(MAX_HOPS, Math.max(1, this.#farthest) + BEYOND_LAST)
  }
}
