import type { ReceiptHead } from '../../shared/wire/receipt.ts'
import { countsOf, type ReflectorCounts } from './receipts.ts'

const NONE: ReflectorCounts = { clockSteps: 0, receiveOverflows: 0 }

/**
 * Makes the counts of a window from a reflector's receipts, which count since the session opened.
 *
 * A receipt is given a little after its window has ended, when the next one has begun. Overflows add
 * up over windows, so each is told once, with the first receipt that knows it. A step is told to
 * every window that may have seen it: the one before the receipt and the one that had begun.
 */
export class ReflectorTally {
  #last = NONE
  #lastButOne = NONE

  /** The reflector counts from nothing again. */
  newSession(): void {
    this.#last = NONE
    this.#lastButOne = NONE
  }

  /** The counts of the window that the newest receipt closes; call it once for each window. */
  take(head: ReceiptHead): ReflectorCounts {
    const now = countsOf(head)
    const { clockSteps } = this.#lastButOne
    const before = this.#last.receiveOverflows
    this.#lastButOne = this.#last
    this.#last = now
    const unknown = now.receiveOverflows < 0 || before < 0
    return {
      clockSteps: now.clockSteps - clockSteps,
      receiveOverflows: unknown ? -1 : now.receiveOverflows - before,
    }
  }
}
