import { endOfInterval, startOfInterval } from '../../shared/intervals.ts'

/** What a bundle is asked for: whole quarter hours, milliseconds since 1970. */
export interface BundleAsk {
  readonly site: string
  readonly fromMs: number
  readonly toMs: number
  /** With the raw rows that are kept of it. */
  readonly rows?: boolean
  /** Origin of the log to cut it of; left out: the one in which the newest record of that time stands. */
  readonly log?: string
}

/** The time asked for as whole quarter hours that are over; null when there are none. */
export function wholeQuarters(fromMs: number, toMs: number, nowMs: number) {
  const from = startOfInterval(fromMs)
  const over = startOfInterval(nowMs)
  const to = Math.min(endOfInterval(toMs), over)
  return from < to ? { fromMs: from, toMs: to } : null
}
