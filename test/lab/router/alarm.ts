/** Longest time that is spun away before a due packet. */
const MOST_LEAD_NS = 400_000
/** Share of the time that may be spent spinning, and how much of it may be saved up. */
const SPIN_SHARE = 0.1
const MOST_SAVED_NS = 50e6

/**
 * An idle machine wakes late, by how much it shows itself: sleep is cut short by that much, and
 * the rest is spun away within a budget. A busy machine wakes early enough and needs no spinning.
 */
export class Alarm {
  readonly #now: () => number
  #leadNs = 60_000
  #savedNs = MOST_SAVED_NS
  #before: number

  constructor(now: () => number) {
    this.#now = now
    this.#before = now()
  }

  /** How long to sleep when the next packet is due in `leftNs`; 0 within the lead: spin. */
  restNs(leftNs: number): number {
    const now = this.#now()
    const passedNs = now - this.#before
    this.#before = now
    this.#savedNs = Math.min(MOST_SAVED_NS, this.#savedNs + passedNs * SPIN_SHARE)
    if (this.#savedNs < MOST_LEAD_NS) return leftNs
    if (leftNs > this.#leadNs) return leftNs - this.#leadNs
    this.#savedNs -= passedNs < leftNs ? passedNs : 0
    return 0
  }

  /** Learns from a sleep that ended `lateNs` after its time: quickly up, slowly down. */
  rang(lateNs: number): void {
    const gain = lateNs > this.#leadNs ? 1 / 2 : 1 / 64
    this.#leadNs += (lateNs - this.#leadNs) * gain
    this.#leadNs = Math.max(0, Math.min(MOST_LEAD_NS, this.#leadNs))
  }
}
