import { NS_PER_SECOND } from '../clock.ts'
import type { StreamRows } from './rows.ts'

/**
 * The packets of which all four stamps are known, of all streams of a window together: what delay,
 * round trip and clock offset are made from. One pair of hosts has one offset, whatever the stream.
 */
export interface StampPairs {
  /** T1, nanoseconds since the base of the first stream. */
  readonly sentNs: Float64Array
  /** T2 - T1: true delay out plus the reflector's clock ahead of the agent's. Any sign. */
  readonly outNs: Float64Array
  /** T4 - T3: true delay back less the same offset. Any sign. */
  readonly backNs: Float64Array
  /** First departure to last return, nanoseconds: how long clocks could drift apart. */
  readonly spanNs: number
}

/** Collects the complete packets of the streams. */
export function stampPairs(streams: readonly StreamRows[]): StampPairs {
  const room = streams.reduce((total, rows) => total + rows.count, 0)
  const sentNs = new Float64Array(room)
  const outNs = new Float64Array(room)
  const backNs = new Float64Array(room)
  const base = streams[0]?.baseSeconds ?? 0
  let size = 0
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const rows of streams) {
    const shift = (rows.baseSeconds - base) * NS_PER_SECOND
    for (let i = 0; i < rows.count; i++) {
      const sent = rows.sentNs[i]!
      const reached = rows.reachedNs[i]!
      const returned = rows.returnedNs[i]!
      const back = returned - (reached + rows.dwellNs[i]!)
      if (Number.isNaN(back) || Number.isNaN(sent)) continue
      sentNs[size] = sent + shift
      outNs[size] = reached - sent
      backNs[size++] = back
      if (sent + shift < from) from = sent + shift
      if (returned + shift > to) to = returned + shift
    }
  }
  return {
    sentNs: sentNs.subarray(0, size),
    outNs: outNs.subarray(0, size),
    backNs: backNs.subarray(0, size),
    spanNs: size === 0 ? 0 : Math.max(to - from, 0),
  }
}

/** The smallest of the values; Infinity when there are none. */
export function smallest(values: Float64Array): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < values.length; i++) if (values[i]! < least) least = values[i]!
  return least
}
