import type { RunPart } from '../record/record.ts'
import type { ReadReceipt } from './read-payloads.ts'
import type { Item, Report } from './verify-items.ts'

/** Clocks of both hosts may be so far apart, and a run so much longer than its last step. */
const TOLERANCE_MS = 10 * 60_000

interface Shown {
  readonly where: string
  readonly time: NonNullable<Item['time']>
  /** SHA-256 of its payload, hexadecimal. */
  readonly sha256: string
}

/**
 * Receipts of runs of load. Each step has a session of its own, so no chain of sessions binds one to
 * its time, as it does for minutes: a genuine statement on other load could be shown for this one. So
 * each may serve once, and must be of the time of its run by the reflector's clock.
 */
export class RunReceipts {
  readonly #report: Report
  readonly #served = new Map<string, string>()

  constructor(report: Report) {
    this.#report = report
  }

  /** False for one that was shown before. */
  take(run: RunPart, receipt: ReadReceipt, shown: Shown): boolean {
    const { where, time, sha256 } = shown
    const before = this.#served.get(sha256)
    if (before === undefined) this.#served.set(sha256, where)
    else {
      const what = `is shown for two streams, here and in ${before}: one of them has none`
      this.#report('suspicious', 'receipt-reused', where, what, time)
    }
    this.#holdTime(run, receipt, shown)
    return before === undefined
  }

  #holdTime(run: RunPart, { at: signed, lastArrival }: ReadReceipt, { where, time }: Shown): void {
    const at = signed ?? lastArrival
    if (at === null || (at >= run.from - TOLERANCE_MS && at <= run.to + TOLERANCE_MS)) return
    const what =
      `is of ${instant(at)} by the reflector's clock, and the run of ${instant(run.from)}: ` +
      'of other load, or a clock is wrong'
    this.#report('suspicious', 'receipt-time', where, what, time)
  }
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
