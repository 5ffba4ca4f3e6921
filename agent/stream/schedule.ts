/** One packet of a call every 20 ms. */
export const FRAME_NS = 20e6
/** Calls start on this grid inside the frame, so that those on one slot leave in one batch. */
export const GRID_NS = 250e3
const SLOTS = FRAME_NS / GRID_NS

/**
 * When every packet of every call is due, on the monotonic clock: absolute, so that lateness of one
 * packet never moves the next. Calls are spread evenly inside the frame, in the order of their number.
 */
export class Schedule {
  readonly startNs: number
  readonly calls: number
  readonly #phases: Float64Array

  constructor(startNs: number, calls: number) {
    this.startNs = startNs
    this.calls = calls
    this.#phases = Float64Array.from(
      { length: calls },
      (_, call) => Math.floor((call * SLOTS) / calls) * GRID_NS,
    )
  }

  dueNs(call: number, sequence: number): number {
    return this.startNs + sequence * FRAME_NS + this.#phases[call]!
  }

  /** The first sequence of a call that is due at or after `atNs`. */
  firstAt(call: number, atNs: number): number {
    return Math.max(0, Math.ceil((atNs - this.startNs - this.#phases[call]!) / FRAME_NS))
  }
}
