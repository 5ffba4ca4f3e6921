import type { OctetCounts } from '../record/observation.ts'
import { distributionOf, pooled } from './distribution.ts'
import { runningJitter } from './jitter.ts'
import type { ArrivalRows } from './raw-rows.ts'

const NS_PER_MS = 1e6
/** Limits of so many whole milliseconds at most have their own count in a receipt. */
export const REACHED_MOST_MS = 100

/** A statistic of a receipt, milliseconds. */
export interface Spread {
  readonly n: number
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** First and last arrival of all streams; milliseconds since 1970, null where none came. */
export function firstAndLast(kept: readonly ArrivalRows[]): {
  readonly firstArrival: number | null
  readonly lastArrival: number | null
} {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { arrivedNs } of kept)
    for (const ns of arrivedNs) {
      if (ns < first) first = ns
      if (ns > last) last = ns
    }
  const base = kept[0]?.baseSeconds ?? 0
  const ms = (ns: number) => base * 1000 + rounded(ns / NS_PER_MS, 1000)
  const none = !Number.isFinite(first)
  return {
    firstArrival: none ? null : ms(first),
    lastArrival: none ? null : ms(last),
  }
}

/** RFC 3550 A.8 over the arrivals of each stream in their order, pooled; against the packets' own stamps. */
export function runningOf(
  kept: readonly ArrivalRows[],
): (Spread & { readonly reached: number[] }) | null {
  const samples = pooled(kept.map((rows) => runningJitter(transits(rows))))
  const spread = spreadOf(samples)
  return spread && { ...spread, reached: reachedOf(samples) }
}

/** Arrival less the sender's stamp: the offset between the two clocks is still in it. */
export function sentToArrived(kept: readonly ArrivalRows[]): Spread | null {
  return spreadOf(pooled(kept.map(transits)))
}

function transits({ order, sentNs, arrivedNs, count }: ArrivalRows): Float64Array {
  const arrived = new Uint32Array(count)
  let size = 0
  let sorted = true
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(arrivedNs[i])) continue
    if (size > 0 && order[i]! < order[arrived[size - 1]!]!) sorted = false
    arrived[size++] = i
  }
  const indexes = arrived.subarray(0, size)
  if (!sorted) indexes.sort((a, b) => order[a]! - order[b]!)
  return Float64Array.from(indexes, (i) => arrivedNs[i]! - sentNs[i]!)
}

function spreadOf(samples: Float64Array): Spread | null {
  const found = distributionOf(samples)
  if (found === null) return null
  const { n, min, max, sum, p50, p95, p99 } = found
  const ms = (value: number) => rounded(value, NS_PER_MS)
  return {
    ...{ n, min: ms(min), max: ms(max), sum: ms(sum) },
    ...{ p50: ms(p50), p95: ms(p95), p99: ms(p99) },
  }
}

/** Packets that arrived, and how many of them with a lower sequence than one before them. */
export function arrivalsOf(kept: readonly ArrivalRows[]): {
  readonly received: number
  readonly reordered: number
} {
  const counts = { received: 0, reordered: 0 }
  for (const { arrivedNs, order, count } of kept) {
    const came: number[] = []
    for (let i = 0; i < count; i++) if (!Number.isNaN(arrivedNs[i])) came.push(i)
    came.sort((a, b) => order[a]! - order[b]!)
    let highest = -1
    for (const i of came) {
      if (i < highest) counts.reordered += 1
      else highest = i
    }
    counts.received += came.length
  }
  return counts
}

/** How often each value of a header octet was seen. */
export function octetsSeen(kept: readonly ArrivalRows[], name: 'tos' | 'ttl'): OctetCounts {
  const counts = new Map<number, number>()
  let unseen = 0
  for (const rows of kept)
    for (let i = 0; i < rows.count; i++) {
      if (Number.isNaN(rows.arrivedNs[i])) continue
      const value = rows[name][i]!
      if (value < 0) unseen += 1
      else counts.set(value, (counts.get(value) ?? 0) + 1)
    }
  const seen = [...counts].sort(([a], [b]) => a - b)
  return { seen: seen.map(([value, packets]) => ({ value, packets })), unseen }
}

/**
 * Of samples in nanoseconds, how many reach 1, 2, 3 ms and so on: as far as any does, at most to
 * {@link REACHED_MOST_MS}.
 */
export function reachedOf(samplesNs: Float64Array): number[] {
  const reached = new Array<number>(REACHED_MOST_MS).fill(0)
  for (const ns of samplesNs) {
    const most = Math.min(Math.floor(ns / 1e6), REACHED_MOST_MS)
    if (most >= 1) reached[most - 1]! += 1
  }
  for (let ms = REACHED_MOST_MS - 2; ms >= 0; ms--) reached[ms]! += reached[ms + 1]!
  const end = reached.indexOf(0)
  return end < 0 ? reached : reached.slice(0, end)
}

function rounded(value: number, per: number): number {
  return Math.round(value * per) / per
}
