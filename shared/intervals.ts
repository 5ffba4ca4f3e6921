import { INTERVAL_MS } from './clock.ts'

/** A time, milliseconds since 1970; its end is not in it. */
export interface Time {
  readonly from: number
  readonly to: number
}

/** Start of the quarter hour that an instant lies in. */
export function startOfInterval(ms: number): number {
  return Math.floor(ms / INTERVAL_MS) * INTERVAL_MS
}

/** The first quarter hour's start at an instant or after it. */
export function endOfInterval(ms: number): number {
  return Math.ceil(ms / INTERVAL_MS) * INTERVAL_MS
}

/** The quarter hours that a span touches. */
export function intervalsOf(from: number, to: number): Time[] {
  const intervals: Time[] = []
  for (let at = startOfInterval(from); at < to; at += INTERVAL_MS) {
    intervals.push({ from: at, to: at + INTERVAL_MS })
  }
  return intervals
}

/** True when two times have an instant in common. */
export function touching(a: Time, b: Time): boolean {
  return a.from < b.to && b.from < a.to
}
