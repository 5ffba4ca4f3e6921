import type { Jitter } from '../record/observation.ts'
import { REACHED_MOST_MS, type Spread } from './arrival-figures.ts'

/** What a receipt says of so many packets: jitter, and how many samples reach each whole millisecond. */
export interface StatedJitter {
  readonly expected: number
  readonly jitter: (Spread & { readonly reached?: readonly number[] | undefined }) | null
}

/**
 * Jitter out as the reflector signed it, over every packet that arrived; what an agent reckons from the
 * same stamps lacks those whose reply did not come. Null where no one statement is of all that was
 * scheduled, or it has no count for this limit.
 * @param own what the agent reckoned: its limit, and what no receipt has (the histogram, the last value)
 */
export function signedJitter(
  own: Jitter,
  statements: readonly StatedJitter[],
  scheduled: number,
): Jitter | null {
  const [statement, ...others] = statements
  const { limitMs, final, running } = own
  const counted = Number.isInteger(limitMs) && limitMs >= 1 && limitMs <= REACHED_MOST_MS
  if (statement?.jitter?.reached === undefined || others.length > 0) return null
  if (!counted || statement.expected < scheduled) return null
  const { reached, ...figures } = statement.jitter
  const reachesLimit = reached[limitMs - 1] ?? 0
  const { histogram } = running
  return { n: figures.n, final, limitMs, reachesLimit, running: { ...figures, histogram } }
}

/** The signed one where there is one; a receipt of fewer packets than were answered is not believed. */
export function arrivedJitter(
  own: Jitter | null,
  statements: readonly StatedJitter[],
  scheduled: number,
): Jitter | null {
  const signed = own && signedJitter(own, statements, scheduled)
  return signed !== null && own !== null && signed.n >= own.n ? signed : own
}
