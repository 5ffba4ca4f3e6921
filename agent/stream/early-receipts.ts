import type { Receipt } from '../../shared/wire/receipt.ts'
import { CHUNK, type ReceiptQuest } from './receipts.ts'
import { FRAME_NS } from './schedule.ts'
import type { OpenWindow } from './windows.ts'

/** How often a long window looks whether a part of it can be asked for. */
const EARLY_NS = 1e9

/**
 * Asks for the receipts of a window while it goes on, part by part: one that is longer than the
 * reflector remembers would find its beginning forgotten at its end.
 */
export class EarlyReceipts {
  readonly #newQuest: (window: OpenWindow) => ReceiptQuest
  #quest: ReceiptQuest | undefined
  #nextNs = Number.NEGATIVE_INFINITY

  constructor(newQuest: (window: OpenWindow) => ReceiptQuest) {
    this.#newQuest = newQuest
  }

  /** What came so far; undefined: nothing was asked for yet. */
  get quest(): ReceiptQuest | undefined {
    return this.#quest
  }

  /** When the window is to be looked at next; infinite where it is short. Asked at every turn of the loop. */
  nextDue(window: OpenWindow): number {
    return isLong(window) ? this.#nextNs : Number.POSITIVE_INFINITY
  }

  /**
   * @param lastNs monotonic instant at which the window's last packet has drained
   * @param answers whether the far end can be asked
   */
  tick(window: OpenWindow, nowNs: number, lastNs: number, answers: boolean): void {
    this.#nextNs = nowNs + EARLY_NS
    if (!answers || nowNs >= lastNs || !isLong(window)) return
    this.#quest ??= this.#newQuest(window)
    const frames = Math.ceil((lastNs - nowNs) / FRAME_NS)
    this.#quest.tick(nowNs, (call) => window.end[call]! - frames)
  }

  /** False where it is not one of these. */
  take(receipt: Receipt, known: boolean): boolean {
    return this.#quest?.take(receipt, known) === true
  }

  /** The window has closed, or its session is another. */
  forget(): void {
    this.#quest = undefined
  }
}

/** Calls of a window are of one length. */
function isLong({ first, end }: OpenWindow): boolean {
  return end[0]! - first[0]! > CHUNK
}
