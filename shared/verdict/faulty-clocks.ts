import type {
  Delay,
  Distribution,
  Histogram,
  Leg,
  StreamObservation,
} from '../record/observation.ts'
import type { LegName } from './ruling.ts'

/**
 * The same window without its one-way figures where clocks contradict each other or stepped: each
 * packet then took between nothing and its round trip, and nothing else is known. Done before windows
 * are merged, so that one such window does not take the clocks of the others away.
 */
export function voidFaultyClocks(o: StreamObservation): StreamObservation {
  if (o.clocks.fault === null) return o
  return { ...o, legs: { out: roundTripOnly(o, 'out'), back: roundTripOnly(o, 'back') } }
}

function roundTripOnly(o: StreamObservation, leg: LegName): Leg {
  const { delay } = o.legs[leg]
  if (delay === null || o.rtt === null) return { ...o.legs[leg], delay: null }
  const voided: Delay = {
    ...delay,
    n: o.rtt.n,
    atMost: o.rtt,
    atLeast: nothing(o.rtt),
    mayReachLimit: o.rttReachesLimit,
    mustReachLimit: 0,
  }
  return { ...o.legs[leg], delay: voided }
}

/** Of so many packets nothing is known: each took no time at all, or more. */
export function nothing({ n }: Distribution): Distribution {
  const histogram: Histogram = { scale: 3, zero: n, first: 0, counts: [] }
  return { n, min: 0, max: 0, sum: 0, p50: 0, p95: 0, p99: 0, histogram }
}
