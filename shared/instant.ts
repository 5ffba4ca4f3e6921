import { Fault } from './errors.ts'

const INSTANT =
  /^(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** Whether `2026-02-28` is a day of the calendar; 2026-02-30 is none, though `Date` takes it for one in March. */
export function isDay(text: string): boolean {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text)
}

/**
 * A time with its zone (RFC 3339, seconds may be left out) in milliseconds since 1970; null for what
 * is none, on a day that no calendar has, or before 1970.
 */
export function instantFrom(text: string): number | null {
  const day = INSTANT.exec(text)?.[1]
  if (day === undefined || !isDay(day)) return null
  const ms = Date.parse(text)
  return ms >= 0 ? ms : null
}

/** The same of an option's value. @throws Fault USAGE */
export function instantGiven(option: string, text: string): number {
  const ms = instantFrom(text)
  if (ms !== null) return ms
  const repair = 'write day, hour and zone, and a day that the calendar has'
  throw new Fault('USAGE', option, 'a time with its zone, like 2026-11-23T08:00Z', text, repair)
}
