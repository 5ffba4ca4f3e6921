import * as v from 'valibot'

/** What a clock shows: `09:15`. */
export const ClockSchema = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/))

/** Hours of a day, as its clocks show them; the end does not belong to them. */
export const HoursSchema = v.pipe(
  v.array(v.strictObject({ from: ClockSchema, to: ClockSchema })),
  v.minLength(1),
  v.maxLength(6),
)

/** Whether this is UTC or a name of the time zone database. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** When a site has most of its calls: what is measured at other times says little of these. */
export const BusyHoursSchema = v.strictObject({
  /** Zone of the hours: UTC, or a name of the time zone database, daylight saving and all. */
  zone: v.pipe(
    v.string(),
    v.maxLength(64),
    v.check(isZone, 'UTC, or a name of the time zone database'),
  ),
  hours: v.pipe(
    HoursSchema,
    v.check((hours) => hours.every(({ from, to }) => from < to), 'the earlier hour first'),
  ),
  /** Left out: every day. */
  days: v.optional(v.pipe(v.array(v.picklist(WEEKDAYS)), v.minLength(1), v.maxLength(7))),
})
export type BusyHours = v.InferOutput<typeof BusyHoursSchema>
