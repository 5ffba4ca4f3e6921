import type { StreamObservation } from '../record/observation.ts'
import { offsetMovementNs } from './offset-movement.ts'
import { roundTripNs } from './rtt.ts'
import { type StampPairs, smallest } from './stamp-pairs.ts'

/** What a host says of its own clock for this window (adjtimex), and how often it stepped in it. */
export interface ClockClaim {
  readonly synchronised: boolean
  /** Largest error the host admits anywhere in the window, nanoseconds; null = it admits none. */
  readonly maxErrorNs: number | null
  /** Steps of wall against monotonic time inside the window. */
  readonly steps: number
}

export type ClockFault = NonNullable<StreamObservation['clocks']['fault']>

/** Reflector clock minus agent clock: it stayed within [lowNs, highNs] for the whole window. */
export interface OffsetBounds {
  readonly lowNs: number
  readonly highNs: number
  /** `minima`: from causality alone; `minima+clock`: narrowed by what both hosts claim. */
  readonly method: 'minima' | 'minima+clock'
}

export interface OffsetFinding {
  /** Null when nothing bounds it. */
  readonly bounds: OffsetBounds | null
  /** Set: the bounds must not be used for one-way delays; only round trips remain. */
  readonly fault: ClockFault | null
}

/** Dwell travels in whole microseconds and stamps round: this much below zero is no contradiction. */
const ROUNDING_NS = 10_000
/** Movement of the offset beyond drift that two seconds of a still network may show. */
const STILL_NS = 1e6

/**
 * Bounds the offset between the two clocks without believing either.
 *
 * No packet arrives before it left, so the fastest packet of each leg bounds the offset:
 * [-min back, min out], widened by the drift the span allows. Where both hosts claim UTC within an
 * error, the offset also lies within plus or minus the sum of the two. When the two intervals do not
 * meet, or the stamps show an offset that moved by more than drift, as when a time service slews, a clock lied: `contradiction`, and what causality alone still says is kept for the reader. A claim that is false but still
 * meets causality cannot be seen from here; it moves a bound by no more than the claim was wrong.
 * @param driftPpm how fast the two clocks may drift apart, parts per million
 */
export function boundOffset(
  pairs: StampPairs,
  agent: ClockClaim,
  reflector: ClockClaim | null,
  driftPpm: number,
): OffsetFinding {
  if (agent.steps > 0 || (reflector?.steps ?? 0) > 0) return { bounds: null, fault: 'step' }
  if (pairs.outNs.length === 0) return { bounds: null, fault: null }
  const drift = Math.ceil((pairs.spanNs * driftPpm) / 1e6)
  const minima: OffsetBounds = {
    lowNs: -smallest(pairs.backNs) - drift,
    highNs: smallest(pairs.outNs) + drift,
    method: 'minima',
  }
  const impossible = smallest(roundTripNs(pairs)) < -ROUNDING_NS
  // The stamps' rounding stands for drift where the profile allows none.
  if (impossible || minima.lowNs > minima.highNs + ROUNDING_NS)
    return { bounds: null, fault: 'contradiction' }
  if (offsetMovementNs(pairs) > drift + STILL_NS) return { bounds: null, fault: 'contradiction' }
  const error = claimedErrorNs(agent, reflector)
  if (error === null) return { bounds: minima, fault: null }
  return narrow(minima, error)
}

function narrow(minima: OffsetBounds, errorNs: number): OffsetFinding {
  const lowNs = Math.max(minima.lowNs, -errorNs)
  const highNs = Math.min(minima.highNs, errorNs)
  if (lowNs > highNs) return { bounds: minima, fault: 'contradiction' }
  return { bounds: { lowNs, highNs, method: 'minima+clock' }, fault: null }
}

/** Sum of both hosts' claimed errors; null unless both claim to be synchronised within one. */
function claimedErrorNs(agent: ClockClaim, reflector: ClockClaim | null): number | null {
  if (reflector === null || !agent.synchronised || !reflector.synchronised) return null
  if (agent.maxErrorNs === null || reflector.maxErrorNs === null) return null
  return agent.maxErrorNs + reflector.maxErrorNs
}
