import type { Delay } from '../record/observation.ts'
import type { OffsetFinding } from './clock-offset.ts'
import { distributionOf } from './distribution.ts'
import { roundTripNs } from './rtt.ts'
import { type StampPairs, smallest } from './stamp-pairs.ts'

/** The interval in which the true delay of each packet of a leg lies, nanoseconds. */
export interface DelayEnds {
  readonly upperNs: Float64Array
  readonly lowerNs: Float64Array
  /** Delay above the fastest packet of the leg (RFC 5481); offset free. */
  readonly aboveNs: Float64Array
}

/**
 * One-way delay of a leg as an interval per packet (RFC 7679 with the clock error of section 3.7.1 made
 * explicit): within [measured - offsetHigh, measured - offsetLow] and never beyond [0, round trip].
 * Without an offset, or after a clock fault, only the round trip's facts are left: at most the round
 * trip, at least nothing, and queueing is that of the round trip. Null without a packet.
 * @param leg `back` sees the same offset with the opposite sign
 */
export function delayOf(
  pairs: StampPairs,
  offset: OffsetFinding,
  leg: 'out' | 'back',
  limitMs: number,
): Delay | null {
  const ends = delayEnds(pairs, offset, leg)
  const atMost = distributionOf(ends.upperNs)
  const atLeast = distributionOf(ends.lowerNs)
  const aboveMinimum = distributionOf(ends.aboveNs)
  if (atMost === null || atLeast === null || aboveMinimum === null) return null
  return {
    n: atMost.n,
    limitMs,
    atMost,
    atLeast,
    mayReachLimit: reaching(ends.upperNs, limitMs),
    mustReachLimit: reaching(ends.lowerNs, limitMs),
    aboveMinimum,
  }
}

/** The per-packet interval ends that {@link delayOf} counts. */
export function delayEnds(
  pairs: StampPairs,
  offset: OffsetFinding,
  leg: 'out' | 'back',
): DelayEnds {
  const rtt = roundTripNs(pairs)
  if (offset.bounds === null || offset.fault !== null)
    return {
      upperNs: rtt,
      lowerNs: new Float64Array(rtt.length),
      aboveNs: above(rtt),
    }
  const { lowNs, highNs } = offset.bounds
  const [low, high] = leg === 'out' ? [lowNs, highNs] : [-highNs, -lowNs]
  const measured = leg === 'out' ? pairs.outNs : pairs.backNs
  const upperNs = measured.map((ns, i) => Math.max(Math.min(ns - low, rtt[i]!), 0))
  // Drift can put the lower end a little above the round trip: it is never above the upper end.
  const lowerNs = measured.map((ns, i) => Math.min(Math.max(ns - high, 0), upperNs[i]!))
  return { upperNs, lowerNs, aboveNs: above(measured) }
}

function above(valuesNs: Float64Array): Float64Array {
  const least = smallest(valuesNs)
  return valuesNs.map((ns) => ns - least)
}

function reaching(valuesNs: Float64Array, limitMs: number): number {
  const limitNs = limitMs * 1e6
  let n = 0
  for (let i = 0; i < valuesNs.length; i++) if (valuesNs[i]! >= limitNs) n++
  return n
}
