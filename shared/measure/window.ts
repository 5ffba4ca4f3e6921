import type {
  Delay,
  Distribution,
  Egress,
  Jitter,
  Leg,
  Loss,
  StreamObservation,
} from '../record/observation.ts'
import { boundOffset, type ClockClaim, type ClockFault, type OffsetBounds } from './clock-offset.ts'
import { delayOf } from './delay.ts'
import { type Codec, qualityOf } from './e-model.ts'
import { jitterOf, runningJitter, transitsBack, transitsOut, transitsStamped } from './jitter.ts'
import { type Attribution, lossOf, type StreamWindow } from './loss.ts'
import { countOctets } from './octets.ts'
import { withoutReflectorSteps } from './reflector-steps.ts'
import { roundTrips } from './rtt.ts'
import { stampPairs } from './stamp-pairs.ts'

/** What the profile says about counting; the limits are only counted against, never judged here. */
export interface MeasureLimits {
  readonly delayMs: number
  readonly jitterMs: number
  /** A reply later than this (round trip) is late. */
  readonly lateAfterMs: number
  /** Drift allowed between the two hosts' clocks, parts per million. */
  readonly driftPpm: number
}

export interface WindowInput {
  /** All streams (calls) to one far end in one window. */
  readonly streams: readonly StreamWindow[]
  readonly limits: MeasureLimits
  readonly agentClock: ClockClaim
  /** Null when the reflector said nothing of its clock. */
  readonly reflectorClock: ClockClaim | null
  /** What each leg's sender set, passed through. */
  readonly egress: { readonly out: Egress; readonly back: Egress }
  readonly codec: Codec
}

/** The measured part of a StreamObservation, and what has no field in it. */
export interface MeasuredWindow {
  readonly legs: StreamObservation['legs']
  readonly stampedJitter: Jitter | null
  readonly rtt: Distribution | null
  readonly rttReachesLimit: number
  readonly rttReachesTwiceLimit: number
  readonly offset: StreamObservation['clocks']['offset']
  readonly fault: ClockFault | null
  readonly attribution: Attribution
  /** Receipts that contradicted the replies seen and were therefore not used. */
  readonly contradictedReceipts: number
}

/**
 * Measures one window: losses of all streams add, jitter runs per stream and is pooled, and one clock
 * offset is bounded from all of them together. What cannot be known is null, never zero.
 */
export function measureWindow(input: WindowInput): MeasuredWindow {
  const { limits, egress, codec } = input
  const rows = input.streams.map((stream) => stream.rows)
  const losses = lossOf(input.streams, limits.lateAfterMs)
  const pairs = stampPairs(rows)
  const offset = boundOffset(pairs, input.agentClock, input.reflectorClock, limits.driftPpm)
  const delay = (leg: 'out' | 'back') => delayOf(pairs, offset, leg, limits.delayMs)
  const unstepped = rows.map((one) => withoutReflectorSteps(one, input.reflectorClock?.steps ?? 0))
  const jitter = (transits: readonly Float64Array[]) =>
    jitterOf(transits.map(runningJitter), limits.jitterMs)
  const leg = (loss: Loss, jitterOfLeg: Jitter | null, delayOfLeg: Delay | null) => ({
    loss,
    jitter: jitterOfLeg,
    delay: delayOfLeg,
    quality: qualityOf(loss, delayOfLeg, codec),
  })
  const out: Leg = {
    ...leg(losses.out, jitter(unstepped.map(transitsOut)), delay('out')),
    tos: countOctets(rows, 'tosOut'),
    ttl: countOctets(rows, 'ttlOut'),
    egress: egress.out,
  }
  const back: Leg = {
    ...leg(losses.back, jitter(unstepped.map(transitsBack)), delay('back')),
    tos: countOctets(rows, 'tosBack'),
    ttl: countOctets(rows, 'ttlBack'),
    egress: egress.back,
  }
  return {
    legs: { out, back },
    stampedJitter: jitter(rows.map(transitsStamped)),
    ...roundTrips(pairs, limits.delayMs),
    offset: offset.bounds === null ? null : inMilliseconds(offset.bounds),
    fault: offset.fault,
    attribution: losses.attribution,
    contradictedReceipts: losses.contradictedReceipts,
  }
}

function inMilliseconds(bounds: OffsetBounds): StreamObservation['clocks']['offset'] {
  return {
    lowMs: bounds.lowNs / 1e6,
    highMs: bounds.highNs / 1e6,
    method: bounds.method,
  }
}
