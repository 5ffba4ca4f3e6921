import type { Distribution } from '../record/observation.ts'
import { distributionOf } from './distribution.ts'
import type { StampPairs } from './stamp-pairs.ts'

export interface RoundTrips {
  readonly rtt: Distribution | null
  readonly rttReachesLimit: number
  readonly rttReachesTwiceLimit: number
}

/**
 * Round trips less the reflector's dwell (RFC 2681 section 2.4 with residence removed): (T4-T1)-(T3-T2).
 * Below the limit both legs are proven, at twice the limit one of them is disproven, no clock needed.
 */
export function roundTrips(pairs: StampPairs, limitMs: number): RoundTrips {
  const rtt = roundTripNs(pairs)
  const limitNs = limitMs * 1e6
  let once = 0
  let twice = 0
  for (let i = 0; i < rtt.length; i++) {
    const ns = rtt[i]!
    if (ns >= limitNs) once++
    if (ns >= 2 * limitNs) twice++
  }
  return {
    rtt: distributionOf(rtt),
    rttReachesLimit: once,
    rttReachesTwiceLimit: twice,
  }
}

/** The round trip of each packet, nanoseconds: the two measured delays, whose offsets cancel. */
export function roundTripNs(pairs: StampPairs): Float64Array {
  return pairs.outNs.map((out, i) => out + pairs.backNs[i]!)
}
