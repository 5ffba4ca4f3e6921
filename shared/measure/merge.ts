import type { Leg, StreamObservation } from '../record/observation.ts'
import { mergeDistributions } from './distribution.ts'
import { weakestAttribution } from './loss.ts'
import { mergeGaps } from './merge-gaps.ts'
import { mergeClocks, mergeInstruments } from './merge-host.ts'
import { mergeJitters, mergeLegs } from './merge-leg.ts'

/**
 * Merges the windows of one far end into what an interval is judged by: counts and histograms add,
 * what was able to see is the worst of all, and absence stays absence. Null for an empty list; one
 * observation alone comes back unchanged. The order of the list does not matter.
 *
 * Address, path, codec and mark are those of the newest; `calls` is the fewest offered in any window.
 * Throws a RangeError for observations of different far ends: merging those is the caller's mistake.
 */
export function mergeStreamObservations(
  list: readonly StreamObservation[],
): StreamObservation | null {
  const parts = [...list].sort((a, b) => a.to - b.to || a.from - b.from)
  const newest = parts.at(-1)
  if (newest === undefined) return null
  if (parts.length === 1) return newest
  const { contradictedReceipts, ...rest } = countsOf(parts, newest)
  const { codec } = newest
  return {
    ...newest,
    ...(contradictedReceipts === 0 ? {} : { contradictedReceipts }),
    ...rest,
    instrument: mergeInstruments(parts.map((part) => part.instrument)),
    attribution: weakestAttribution(
      parts.map((part) => (part.legs.out.loss.expected === 0 ? null : part.attribution)),
    ),
    legs: {
      out: mergeLegs(legsOf(parts, 'out'), codec),
      back: mergeLegs(legsOf(parts, 'back'), codec),
    },
    stampedJitter: mergeJitters(parts.map((part) => part.stampedJitter)),
    rtt: mergeDistributions(parts.map((part) => part.rtt)),
    clocks: mergeClocks(parts.map((part) => part.clocks)),
    gaps: mergeGaps(parts.flatMap((part) => part.gaps)),
  }
}

/** What adds, and the least of what does not. */
function countsOf(parts: readonly StreamObservation[], { farEnd, calls, from }: StreamObservation) {
  const counts = {
    ...{ calls, from },
    ...{ contradictedReceipts: 0, rttReachesLimit: 0, rttReachesTwiceLimit: 0 },
  }
  for (const part of parts) {
    if (part.farEnd !== farEnd)
      throw new RangeError(
        'observations of one far end were wanted, found both primary and secondary; group them first',
      )
    counts.calls = Math.min(counts.calls, part.calls)
    counts.from = Math.min(counts.from, part.from)
    counts.contradictedReceipts += part.contradictedReceipts ?? 0
    counts.rttReachesLimit += part.rttReachesLimit
    counts.rttReachesTwiceLimit += part.rttReachesTwiceLimit
  }
  return counts
}

function legsOf(parts: readonly StreamObservation[], leg: 'out' | 'back'): Leg[] {
  return parts.map(({ legs }) => legs[leg])
}
