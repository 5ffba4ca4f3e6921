import * as v from 'valibot'
import { FORMATS } from '../../shared/report/format.ts'
import { AtQuery, SiteParams } from './schemas.ts'

/** Shapes of the routes of reports. */
const past = AtQuery.entries.at
const format = v.optional(v.picklist(FORMATS))
const instant = v.pipe(v.string(), v.isoTimestamp())

/** `from`, `to`: RFC 3339; default: the 24 hours that end now. */
export const ReadinessQuery = v.strictObject({ from: past, to: past, format })
export const MonthlyQuery = v.strictObject({
  /** Default: the month that has ended last. */
  month: v.optional(v.pipe(v.string(), v.regex(/^[12]\d{3}-(0[1-9]|1[0-2])$/, 'a month: 2026-03'))),
  /** Whose calendar: IANA name; default UTC. */
  zone: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/))),
  format,
})
/** When the outage began and ended, and what both parties call it: all three are needed. */
export const EligibilityQuery = v.strictObject({
  ...{ from: past, to: past, format },
  outageRef: v.optional(
    v.pipe(v.string(), v.regex(/^[^\p{Cc}\s](?:[^\p{Cc}]{0,98}[^\p{Cc}\s])?$/u)),
  ),
})
/** The time in which it failed, and the time since: all four are needed. */
export const RectificationQuery = v.strictObject({
  ...{ from: past, to: past, afterFrom: past, afterTo: past, format },
})
export const ReportsAnswer = v.strictObject({
  now: instant,
  site: SiteParams.entries.site,
  /** Months (UTC) of which records are kept, newest first. */
  months: v.array(
    v.strictObject({
      month: v.string(),
      ...{ from: instant, to: instant },
      /** Whether it has ended: a running one is reported as far as it went. */
      over: v.boolean(),
    }),
  ),
})
