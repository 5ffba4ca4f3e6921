/** A difference of wall against monotonic time above this between two looks is a step, not slewing. */
const STEP_NS = 1e6

/** Counts the steps of wall against monotonic time. */
export class WallSteps {
  #offsetNs = Number.NaN
  #steps = 0
  #sumNs = 0

  /** Takes the newest wall minus monotonic difference. */
  observe(offsetNs: number): void {
    const by = offsetNs - this.#offsetNs
    this.#offsetNs = offsetNs
    if (Math.abs(by) <= STEP_NS || Number.isNaN(by)) return
    this.#steps++
    this.#sumNs += by
  }

  /** Number and signed sum of the steps since the last call. */
  take(): { readonly wallSteps: number; readonly wallStepNs: number } {
    const taken = { wallSteps: this.#steps, wallStepNs: this.#sumNs }
    this.#steps = 0
    this.#sumNs = 0
    return taken
  }
}
