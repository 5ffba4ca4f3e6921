/** Later than this is a stall of the host or of the loop, whatever the schedule. */
const STALL_NS = 20e6

/** Counts the turns of a loop that came much later than they were wanted. */
export class StallMeter {
  #stalls = 0
  #worstNs = 0
  #lastTurnNs = Number.NaN

  /**
   * One turn began at `nowNs` that was wanted at `wantedNs`. An instant before the previous turn
   * stands for "as soon as possible": its lateness counts from that turn.
   */
  observe(wantedNs: number, nowNs: number): void {
    const lateNs = nowNs - Math.max(wantedNs, this.#lastTurnNs)
    this.#lastTurnNs = nowNs
    if (!(lateNs > STALL_NS)) return
    this.#stalls++
    this.#worstNs = Math.max(this.#worstNs, lateNs)
  }

  /** Number and worst of the stalls since the last call. */
  take(): { readonly stalls: number; readonly worstStallNs: number } {
    const taken = { stalls: this.#stalls, worstStallNs: this.#worstNs }
    this.#stalls = 0
    this.#worstNs = 0
    return taken
  }
}
