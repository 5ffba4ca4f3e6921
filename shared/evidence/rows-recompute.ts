import {
  arrivalsOf,
  firstAndLast,
  octetsSeen,
  runningOf,
  sentToArrived,
} from '../measure/arrival-figures.ts'
import type { ArrivalRows } from '../measure/raw-rows.ts'
import type { ReceiptCounts, StreamRows } from '../measure/rows.ts'
import { sendingOf } from '../measure/sending.ts'
import { arrivedJitter } from '../measure/signed-jitter.ts'
import { type MeasureLimits, measureWindow } from '../measure/window.ts'
import type { StreamObservation } from '../record/observation.ts'
import type { ReceiptStatement } from '../record/receipt.ts'

/** A reflector's rows, and the statement that it signed on them. */
export interface RowsOfStatement {
  readonly statement: ReceiptStatement
  readonly arrivals: readonly ArrivalRows[]
}

/** Two nanoseconds, in milliseconds: rows are whole nanoseconds, what was signed is rounded to them. */
const SAME_MS = 2e-6
const SAME_SHARE = 1e-9
/** First and last arrival are given to the microsecond. */
const SAME_INSTANT_MS = 2e-3

/** What a receipt states and its rows do not give; empty: they agree. */
export function differencesOfStatement(
  statement: ReceiptStatement,
  arrivals: readonly ArrivalRows[],
): string[] {
  const { received, reordered } = arrivalsOf(arrivals)
  const ranges = arrivals.map(({ stream, firstSequence, count }) => [stream, firstSequence, count])
  const span = firstAndLast(arrivals)
  const n = arrivals.reduce((sum, { count }) => sum + count, 0)
  const differences = [
    ...differing('ranges', statement.ranges, ranges),
    ...differing('expected', statement.expected, n),
    ...differing('received', statement.received, received),
    ...differing('firstArrival', statement.firstArrival, span.firstArrival, SAME_INSTANT_MS, 0),
    ...differing('lastArrival', statement.lastArrival, span.lastArrival, SAME_INSTANT_MS, 0),
    ...differing('tos', statement.tos, octetsSeen(arrivals, 'tos')),
    ...differing('ttl', statement.ttl, octetsSeen(arrivals, 'ttl')),
    ...differing('jitter', statement.jitter, runningOf(arrivals), SAME_MS * Math.max(1, n / 1000)),
    ...differing('delay', statement.delay, sentToArrived(arrivals), SAME_MS * Math.max(1, n)),
  ]
  // One that a later window's packet overtook is counted as well, and is not in these rows.
  if (statement.reordered < reordered)
    differences.push(`reordered ${statement.reordered}, rows ${reordered}`)
  return differences
}

/**
 * What the record says of a window and the agent's rows do not give; empty: they agree. With the
 * reflector's rows (or where no receipt was used) all of one call; otherwise all but the legs of
 * losses, which the agent knew from the reflector.
 */
export function differencesOfWindow(
  streams: readonly StreamRows[],
  given: {
    readonly observation: StreamObservation
    readonly limits: MeasureLimits
    readonly statements: readonly RowsOfStatement[]
    /** Everything that was signed of it, its rows here or not. */
    readonly signed: readonly ReceiptStatement[]
  },
): string[] {
  const { observation, limits, statements, signed } = given
  const { clocks, legs, codec, instrument, attribution } = observation
  const receipt = attribution === 'receipt' ? receiptOf(streams, statements) : null
  // Of several calls some may have had a receipt, and the word is that of the weakest.
  const whole = attribution === 'receipt' ? receipt !== null : streams.length === 1
  const measured = measureWindow({
    ...{ streams: streams.map((rows) => ({ rows, receipt })), limits, codec },
    egress: { out: legs.out.egress, back: legs.back.egress },
    agentClock: claimOf(clocks.agent),
    reflectorClock: clocks.reflector === null ? null : claimOf(clocks.reflector),
  })
  const { scheduled, sent, notSent, lateness } = instrument
  const stated = {
    instrument: { scheduled, sent, notSent, lateness },
    ...{ rtt: observation.rtt, rttReachesLimit: observation.rttReachesLimit },
    ...{ rttReachesTwiceLimit: observation.rttReachesTwiceLimit },
    ...{ offset: clocks.offset, fault: clocks.fault, legs: legsOf(legs, whole) },
    stampedJitter: observation.stampedJitter,
    ...(whole ? { attribution } : {}),
  }
  const recomputed = {
    instrument: sendingOf(streams),
    ...{ rtt: measured.rtt, rttReachesLimit: measured.rttReachesLimit },
    ...{ rttReachesTwiceLimit: measured.rttReachesTwiceLimit },
    ...{ offset: measured.offset, fault: measured.fault, legs: legsOf(measured.legs, whole) },
    stampedJitter: arrivedJitter(measured.stampedJitter, signed, scheduled),
    ...(whole ? { attribution: measured.attribution } : {}),
  }
  return differing('', stated, recomputed)
}

function legsOf({ out, back }: StreamObservation['legs'], whole: boolean) {
  if (whole) return { out, back }
  const part = ({ jitter, delay, tos, ttl, loss: { late } }: typeof out) => ({
    ...{ jitter, delay, tos, ttl, late },
  })
  return { out: part(out), back: part(back) }
}

/** The reflector's half of one call as the agent was told it; null: not all of it is here. */
function receiptOf(
  streams: readonly StreamRows[],
  statements: readonly RowsOfStatement[],
): ReceiptCounts | null {
  const [one, ...others] = statements
  const [rows] = one?.arrivals ?? []
  if (one === undefined || rows === undefined || others.length > 0 || streams.length !== 1)
    return null
  const receivedBitmap = new Uint8Array(Math.ceil(rows.count / 8))
  for (let i = 0; i < rows.count; i++)
    if (!Number.isNaN(rows.arrivedNs[i])) receivedBitmap[i >> 3]! |= 0x80 >> (i & 7)
  const { received, duplicated: duplicates, reordered, replied } = one.statement
  const { firstSequence, count } = rows
  return { firstSequence, count, received, duplicates, reordered, replied, receivedBitmap }
}

function claimOf({ synchronised, maxErrorMs, steps }: StreamObservation['clocks']['agent']) {
  return {
    synchronised,
    maxErrorNs: maxErrorMs === null ? null : Math.round(maxErrorMs * 1e6),
    steps,
  }
}

/** Where two values differ, as `path stated, rows recomputed`; numbers within a tolerance are the same. */
function differing(
  path: string,
  stated: unknown,
  recomputed: unknown,
  same = SAME_MS,
  share = SAME_SHARE,
): string[] {
  if (typeof stated === 'number' && typeof recomputed === 'number') {
    const exact = Number.isInteger(stated) && Number.isInteger(recomputed)
    const allowed = exact ? 0 : same + share * Math.abs(stated)
    if (Math.abs(stated - recomputed) <= allowed) return []
  } else if (isObject(stated) && isObject(recomputed)) {
    const names = new Set([...Object.keys(stated), ...Object.keys(recomputed)])
    return [...names].flatMap((name) =>
      differing(
        path === '' ? name : `${path}.${name}`,
        stated[name],
        recomputed[name],
        same,
        share,
      ),
    )
  } else if (stated === recomputed) return []
  return [`${path} ${worded(stated)}, rows ${worded(recomputed)}`]
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null
}

function worded(value: unknown): string {
  return isObject(value) ? 'something' : String(value ?? 'nothing')
}
