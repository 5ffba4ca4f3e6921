import type { Engine } from './types.ts'

/** A stamp from further ahead than this cannot be of the clock that was looked at. */
const AHEAD_NS = 1e6
/** Two instants of one order may be read this much the other way round. */
const NOISE_NS = 0.1e6
/** A datagram is read when it comes or when the next frame is due; one that looks older is looked at again. */
const USUAL_WAIT_NS = 25e6
/** What is due leaves in the same turn; what seems to have left later is looked at again. */
const USUAL_DELAY_NS = 1e6
/** The longest turn of an engine. */
const TURN_NS = 50e6
/** A difference of wall against monotonic time above this is a step. */
const STEP_NS = 1e6

type Clocks = Pick<Engine, 'wallNs' | 'monotonicNs' | 'wallOffsetNs'>

/** An offset and the monotonic instants between which the wall clock may have had it. */
interface Reading {
  readonly offsetNs: number
  readonly fromNs: number
  readonly untilNs: number
}

/**
 * Wall minus monotonic time as it was when a stamp was made that has just been read.
 *
 * An engine looks at its clocks once a turn, and a stamp may lie on the other side of a step than the look: made
 * after the step and read before the next look, or made before it and read after that look. Either would come out
 * wrong by the whole step. So a stamp that does not fit the offset that was looked at, or fits the one before a step
 * as well, is held against all the offsets there may have been, each within the time in which it may have held.
 */
export class StampOffsets {
  readonly #clocks: Clocks
  #lookedNs: number
  /** When the offset was last asked for. */
  #askedNs = Number.NEGATIVE_INFINITY
  /** Wall time at which the clocks were read at once and agreed with the look: no step lies before it. */
  #confirmedNs = Number.NEGATIVE_INFINITY
  /** The offset before the newest step; the step lies between the instants `since` and `until`. */
  #before: Reading | undefined

  constructor(clocks: Clocks) {
    this.#clocks = clocks
    this.#lookedNs = clocks.wallOffsetNs()
  }

  /**
   * The offset of an arrival; NaN where a step makes its instant unknowable.
   *
   * @param nowNs monotonic time at which it was read
   */
  ofArrival(stampNs: number, nowNs: number): number {
    const sinceNs = this.#notice(nowNs)
    const waitNs = nowNs - (stampNs - this.#lookedNs)
    const usual = waitNs > -AHEAD_NS && waitNs < USUAL_WAIT_NS
    if (usual && !this.#fitsBefore(stampNs)) return this.#lookedNs
    const readings = this.#readings(sinceNs)
    if (readings.length === 1) return this.#lookedNs
    const [only, ...others] = readings.filter((reading) => fits(reading, stampNs))
    return only === undefined || others.length > 0 ? Number.NaN : only.offsetNs
  }

  /**
   * The offset of a departure: of those it may have had, the one by which it left soonest after it was due.
   *
   * @param dueNs monotonic instant before which it cannot have left
   */
  ofDeparture(stampNs: number, dueNs: number): number {
    const sinceNs = this.#notice(dueNs)
    const lateNs = stampNs - this.#lookedNs - dueNs
    const usual = lateNs > -NOISE_NS && lateNs < USUAL_DELAY_NS
    const asLooked = usual || (lateNs > 0 && stampNs <= this.#confirmedNs)
    if (asLooked && !this.#fitsBefore(stampNs)) return this.#lookedNs
    let [bestNs, soonestNs] = [this.#lookedNs, Number.POSITIVE_INFINITY]
    for (const reading of this.#readings(sinceNs)) {
      const afterNs = stampNs - reading.offsetNs - dueNs
      if (afterNs < -NOISE_NS || afterNs >= soonestNs || !fits(reading, stampNs)) continue
      bestNs = reading.offsetNs
      soonestNs = afterNs
    }
    return bestNs
  }

  /**
   * Nanoseconds from an arrival to a departure by their stamps, a step between them taken out; NaN where the
   * arrival's offset is.
   *
   * @param offsetNs what {@link ofArrival} said of the arrival
   */
  elapsed(arrivedNs: number, offsetNs: number, leftNs: number): number {
    if (Number.isNaN(offsetNs)) return Number.NaN
    const stepNs = this.ofDeparture(leftNs, arrivedNs - offsetNs) - offsetNs
    return leftNs - arrivedNs - (Math.abs(stepNs) > STEP_NS ? stepNs : 0)
  }

  /** Takes the newest look; the instant after which a step that is not known yet must have been. */
  #notice(nowNs: number): number {
    const offsetNs = this.#clocks.wallOffsetNs()
    const sinceNs = this.#askedNs - TURN_NS
    if (Math.abs(offsetNs - this.#lookedNs) > STEP_NS) {
      this.#confirmedNs = Number.NEGATIVE_INFINITY
      this.#before = {
        offsetNs: this.#lookedNs,
        fromNs: sinceNs,
        untilNs: this.#clocks.monotonicNs(),
      }
    }
    this.#lookedNs = offsetNs
    this.#askedNs = Math.max(this.#askedNs, nowNs)
    return sinceNs
  }

  #fitsBefore(stampNs: number): boolean {
    return this.#before !== undefined && fits(this.#before, stampNs)
  }

  /** All that may hold now: before the last step, as looked at, and read at once where that is another. */
  #readings(sinceNs: number): readonly Reading[] {
    const { monotonicNs, offsetNs } = freshOffset(this.#clocks, this.#lookedNs)
    const before = this.#before
    const known = before === undefined ? [] : [before]
    const untilNs = monotonicNs + AHEAD_NS
    const fromNs = before?.fromNs ?? Number.NEGATIVE_INFINITY
    const looked = { offsetNs: this.#lookedNs, fromNs, untilNs }
    if (Math.abs(offsetNs - this.#lookedNs) <= STEP_NS) {
      this.#confirmedNs = monotonicNs + offsetNs
      return [...known, looked]
    }
    // Nothing that is read now was there when the offset was last asked for, less a turn.
    const [old, fresh] = [this.#lookedNs, offsetNs].map((one) => ({
      offsetNs: one,
      fromNs: Math.max(fromNs, sinceNs),
      untilNs,
    }))
    return [...known, old!, fresh!]
  }
}

const fits = ({ offsetNs, fromNs, untilNs }: Reading, stampNs: number): boolean =>
  stampNs - offsetNs >= fromNs && stampNs - offsetNs <= untilNs

/** Two readings, since one may be interrupted between its clocks; the one nearer to what is expected. */
function freshOffset(
  clocks: Clocks,
  expectedNs: number,
): { readonly monotonicNs: number; readonly offsetNs: number } {
  const read = (): number => clocks.wallNs() - clocks.monotonicNs()
  const [a, b] = [read(), read()] as const
  const nearer = Math.abs(a - expectedNs) < Math.abs(b - expectedNs) ? a : b
  return { monotonicNs: clocks.monotonicNs(), offsetNs: nearer }
}
