import { lossBounds } from '../measure/loss-bounds.ts'
import type { StreamObservation } from '../record/observation.ts'
import type { QosPair } from '../record/qos.ts'
import { excusesOf, unfitToConvict, withheldShare } from './instrument.ts'
import type { LegName } from './ruling.ts'

/** A queue that adds less is not told apart from what ways do by themselves. */
const LEAST_RISE_MS = 20
/** And it must stand out from the spread that was there without load. */
const TIMES_QUIET = 3
const LEAST_LOSS = 0.01
const CONFIDENCE = 0.95
/** Share of the packets that a host may have delayed itself and still leave a 95th percentile alone. */
const DELAYED_SHARE = 0.025

/** How one of the two streams fared on one leg under load, against the same stream without load. */
export interface Fared {
  /** 95th percentile of the delay above the fastest packet, less the same without load; null: unknown. */
  readonly riseMs: number | null
  /** Error of a stamp that the program took, milliseconds; 0 where the kernel took it. */
  readonly marginMs: number
  readonly lost: number
  readonly expected: number
  /** Suffered beyond doubt: from a queue, or by losses. */
  readonly queued: boolean
  readonly dropped: boolean
  /** It suffered, and the hosts may have done that themselves: nothing is said of the way. */
  readonly excused: boolean
}

/**
 * Whether a stream suffered on a leg. It did when its delay rose, or its losses, by more than chance,
 * the quiet before, and all that the hosts may have done themselves.
 * @param minimum fewest packets that decide anything
 */
export function fared(
  before: QosPair,
  loaded: QosPair,
  which: 'marked' | 'plain',
  leg: LegName,
  minimum: number,
): Fared {
  const seen = loaded[which]
  const { lost, expected } = seen.legs[leg].loss
  const excuses = excusesOf([before[which], seen])
  const quiet = before.above[leg][which]
  const now = loaded.above[leg][which]
  const known = expected >= minimum && enough(quiet, minimum) && enough(now, minimum)
  const riseMs = known ? Math.max(0, now.p95 - quiet.p95) : null
  const sound = unfitToConvict(seen) === '' && withheldShare(before[which]) === null
  const steady = excuses.delay.packets <= DELAYED_SHARE * (now?.n ?? 0)
  const wanted = Math.max(LEAST_RISE_MS, TIMES_QUIET * (quiet?.p95 ?? 0)) + excuses.delay.margin
  const rose = riseMs !== null && riseMs >= wanted
  const loses = losesMore(before[which], seen, leg, minimum)
  const queued = sound && steady && rose
  const dropped = sound && loses
  const excused = (rose || loses) && !queued && !dropped
  return { riseMs, lost, expected, marginMs: excuses.delay.margin, queued, dropped, excused }
}

function enough<T extends { readonly n: number }>(of: T | null, minimum: number): of is T {
  return of !== null && of.n >= minimum
}

/** More losses than without load, however chance shared them out, and without those of the hosts. */
function losesMore(
  before: StreamObservation,
  now: StreamObservation,
  leg: LegName,
  minimum: number,
): boolean {
  const [quiet, loaded] = [before.legs[leg].loss, now.legs[leg].loss]
  if (quiet.expected < minimum || loaded.expected < minimum) return false
  const lost = Math.max(0, loaded.lost - excusesOf([now]).lost[leg])
  const low = lossBounds(loaded.blocks, lost, loaded.expected, CONFIDENCE)?.low ?? 0
  const most = lossBounds(quiet.blocks, quiet.lost + quiet.unattributed, quiet.expected, CONFIDENCE)
  return low > Math.max(LEAST_LOSS, most?.high ?? 1)
}
