import type { Jitter } from '../record/observation.ts'
import { distributionOf, pooled } from './distribution.ts'
import { inArrivalOrder, inReplyOrder } from './order.ts'
import type { StreamRows } from './rows.ts'

/**
 * Interarrival jitter as RFC 3550 section 6.4.1 and appendix A.8 define it: packets are paired in the
 * order they *arrived*, on true send stamps, so that the sender's own pacing error cancels. Each clock
 * is read only as a difference, so a constant offset between the two cancels as well.
 */

/** The RFC fixes this gain; an implementation may not tune it. */
const GAIN = 1 / 16

/**
 * The running jitter after each packet but the first, which only sets the reference.
 * @param transitsNs arrival less departure of each packet, nanoseconds, in arrival order
 */
export function runningJitter(transitsNs: Float64Array): Float64Array {
  const running = new Float64Array(Math.max(transitsNs.length - 1, 0))
  let jitter = 0
  for (let i = 0; i < running.length; i++) {
    const deviation = Math.abs(transitsNs[i + 1]! - transitsNs[i]!)
    jitter += (deviation - jitter) * GAIN
    running[i] = jitter
  }
  return running
}

/** Transit times to the reflector, nanoseconds, in the order of arrival there. */
export function transitsOut(rows: StreamRows): Float64Array {
  const { sentNs, reachedNs } = rows
  return known(inReplyOrder(rows), (i) => reachedNs[i]! - sentNs[i]!)
}

/** The same from the stamps inside the packets, clocks as they stood: what the reflector reckons. */
export function transitsStamped(rows: StreamRows): Float64Array {
  const { stampedNs, reachedNs } = rows
  return known(inReplyOrder(rows), (i) => reachedNs[i]! - stampedNs[i]!)
}

/** Transit times back from the reflector's own departure stamp, nanoseconds, in the order of arrival here. */
export function transitsBack(rows: StreamRows): Float64Array {
  const { reachedNs, dwellNs, returnedNs } = rows
  return known(inArrivalOrder(rows), (i) => returnedNs[i]! - (reachedNs[i]! + dwellNs[i]!))
}

/**
 * Jitter of a leg from the running jitter of each of its streams. Streams are never paired with each
 * other; their samples are pooled, and `final` is that of the worst stream. Null without a sample.
 */
export function jitterOf(runs: readonly Float64Array[], limitMs: number): Jitter | null {
  const samples = pooled(runs)
  const running = distributionOf(samples)
  if (running === null) return null
  const limitNs = limitMs * 1e6
  let reachesLimit = 0
  for (const ns of samples) if (ns >= limitNs) reachesLimit++
  const finalNs = runs.reduce((worst, run) => Math.max(worst, run.at(-1) ?? 0), 0)
  return { n: running.n, final: finalNs / 1e6, limitMs, reachesLimit, running }
}

/** Values in that order, without those that cannot be known. */
function known(order: Uint32Array, value: (index: number) => number): Float64Array {
  const values = new Float64Array(order.length)
  let size = 0
  for (let i = 0; i < order.length; i++) {
    const ns = value(order[i]!)
    if (!Number.isNaN(ns)) values[size++] = ns
  }
  return values.subarray(0, size)
}
