import type { Keep } from './keeper.ts'

const DAY_MS = 24 * 3_600_000
/** Late rounds and silence are judged for a week after: less would judge without its records. */
const LEAST_RECORD_DAYS = 8

/** Days as they are written: `100d`. Null: that is no number of days. */
export function parseDays(text: string): number | null {
  const found = /^(\d{1,5})d$/.exec(text)
  return found === null ? null : Number(found[1])
}

/**
 * How long records and history are kept.
 * @returns a sentence instead when they do not fit together
 */
export function keepFor(recordDays: number, historyDays: number): Keep | string {
  if (recordDays < LEAST_RECORD_DAYS) return `--keep-records of at least ${LEAST_RECORD_DAYS}d`
  if (historyDays < recordDays) return '--keep-history no shorter than --keep-records'
  return { recordsMs: recordDays * DAY_MS, historyMs: historyDays * DAY_MS }
}
