const FIRST_MS = 1000
const MOST_MS = 5 * 60_000
const LEAST_MS = 100
/** A server may ask for a pause, but not for one that outlasts an operator's patience. */
const MOST_ASKED_MS = 60 * 60_000

/**
 * How long to wait before try number `failures + 1`: full jitter, anywhere between nothing and an
 * exponentially growing bound of 1 s to 5 min, so that a thousand agents do not come back as one.
 * @param random from 0 to 1
 */
export function backoffMs(failures: number, random: number): number {
  const bound = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(20, Math.max(0, failures - 1)))
  return Math.max(LEAST_MS, Math.round(random * bound))
}

/**
 * What `Retry-After` asks for (RFC 9110 section 10.2.3: seconds, or a date), in milliseconds; null
 * where it is absent or says nothing readable.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined || header.trim() === '') return null
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : undefined
  const wait = seconds === undefined ? Date.parse(header) - nowMs : seconds * 1000
  return Number.isFinite(wait) ? Math.min(MOST_ASKED_MS, Math.max(0, wait)) : null
}
