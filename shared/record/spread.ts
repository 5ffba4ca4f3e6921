/**
 * Agents cut their minutes on the wall clock, so the records of a fleet would all come in the same
 * second of each minute. A collector of a large fleet says over how many seconds they are to come, and
 * each agent keeps to a place of its own in that time.
 */
export const SPREAD_HEADER = 'x-voip-ready-spread'

const SITES_PER_SECOND = 500
/** A minute that is this much older tells nobody less; longer, and boards would lag. */
const MOST_SECONDS = 20

/** Seconds over which so many sites' records are to come; 0: no need. */
export function spreadSeconds(sites: number): number {
  return Math.min(MOST_SECONDS, Math.floor(sites / SITES_PER_SECOND))
}

/** Milliseconds that a collector asks for; 0 where it asks for nothing that makes sense. */
export function readSpreadMs(said: unknown): number {
  return /^\d{1,2}$/.test(String(said)) ? 1000 * Math.min(MOST_SECONDS, Number(said)) : 0
}
