import { FAR_END_WAIT_MS } from '../clock.ts'
import type { ReadReceipt } from './read-payloads.ts'
import type { Item, Report } from './verify-items.ts'

/** Clocks of both hosts may be so far apart; less than a minute, or the minute before could be shown. */
const TOLERANCE_MS = 30_000

interface Shown {
  readonly where: string
  readonly agent: string
  /** A far end, or a segment's border. */
  readonly place: string
  /** Of the record. */
  readonly time: NonNullable<Item['time']>
}

/**
 * Receipts of minutes. What a reflector signed names no minute and no far end of its own: a genuine
 * statement on a good minute could be shown for a bad one, or one data centre's for both. So its
 * packets must have arrived in the record's own time by the reflector's clock (where no arrival tells,
 * it must have been signed in it or soon after), and a session serves one agent at one place. What does
 * not is said, and backs nothing.
 */
export class MinuteReceipts {
  readonly #report: Report
  readonly #places = new Map<string, string>()

  constructor(report: Report) {
    this.#report = report
  }

  /** True where the receipt may stand for this record's minute at this place. */
  serves(receipt: ReadReceipt, shown: Shown): boolean {
    const here = this.#isOfPlace(receipt, shown)
    return this.#isOfTime(receipt, shown) && here
  }

  #isOfTime(receipt: ReadReceipt, { where, time }: Shown): boolean {
    const said = whenOf(receipt)
    if (said === null) return true
    const { from, to, words, waitMs } = said
    if (from >= time.from - TOLERANCE_MS && to <= time.to + TOLERANCE_MS + waitMs) return true
    const what =
      `${words} by the reflector's clock, and the record is of ${instant(time.from)}: of another ` +
      'time, or a clock is wrong; it backs nothing here'
    this.#report('suspicious', 'receipt-time', where, what, time)
    return false
  }

  #isOfPlace({ reflector, session }: ReadReceipt, { where, agent, place, time }: Shown): boolean {
    const key = `${reflector} ${session}`
    const own = `${agent} at ${place}`
    const first = this.#places.get(key) ?? own
    this.#places.set(key, first)
    if (first === own) return true
    const what =
      `is of a session that ${first} had with ${reflector}, and shown for ${place} here: ` +
      'one of the two has no receipt; it backs nothing here'
    this.#report('suspicious', 'receipt-reused', where, what, time)
    return false
  }
}

/** When its packets arrived, or at least when it was signed; null: it does not say. */
function whenOf({ firstArrival, lastArrival, at }: ReadReceipt) {
  if (firstArrival !== null && lastArrival !== null) {
    const words = `is of packets that arrived from ${instant(firstArrival)} to ${instant(lastArrival)}`
    return { from: firstArrival, to: lastArrival, words, waitMs: 0 }
  }
  if (at === undefined) return null
  // A far end that fell silent is asked once it answers again.
  return { from: at, to: at, words: `was signed at ${instant(at)}`, waitMs: FAR_END_WAIT_MS }
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
