import type { Engine } from '../engine/types.ts'

/** A stamp from further ahead than this cannot be of the clock that was looked at. */
const AHEAD_NS = 1e6
/** A datagram is read when it comes or when the next frame is due; one that looks older is looked at again. */
const USUAL_WAIT_NS = 25e6
/** The longest turn of an engine. */
const TURN_NS = 50e6
/** A difference of wall against monotonic time above this is a step. */
const STEP_NS = 1e6

type Clocks = Pick<Engine, 'wallNs' | 'monotonicNs' | 'wallOffsetNs'>

/**
 * Wall minus monotonic time as it was when a stamp was made that has just been read.
 *
 * An engine looks at its clocks once a turn. What arrives between a step of the wall clock and the next look
 * bears the new time already, and would come out wrong by the whole step. Such a stamp lies in the future or too far
 * back; then the clocks are read at once. NaN where the step makes the instant unknowable.
 *
 * @param nowNs monotonic time at which it was read
 */
export function offsetAtStamp(clocks: Clocks, stampNs: number, nowNs: number): number {
  const lookedNs = clocks.wallOffsetNs()
  const waitNs = nowNs - (stampNs - lookedNs)
  if (waitNs > -AHEAD_NS && waitNs < USUAL_WAIT_NS) return lookedNs
  const freshNs = freshOffset(clocks, lookedNs)
  if (Math.abs(freshNs - lookedNs) <= STEP_NS) return lookedNs
  const freshWaitNs = nowNs - (stampNs - freshNs)
  return freshWaitNs > -AHEAD_NS && freshWaitNs < TURN_NS ? freshNs : Number.NaN
}

/** Two readings, since one may be interrupted between its clocks; the one nearer to what is expected. */
function freshOffset(clocks: Clocks, expectedNs: number): number {
  const [a, b] = [
    clocks.wallNs() - clocks.monotonicNs(),
    clocks.wallNs() - clocks.monotonicNs(),
  ] as const
  return Math.abs(a - expectedNs) < Math.abs(b - expectedNs) ? a : b
}
