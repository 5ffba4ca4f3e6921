import type { Distribution } from '../record/observation.ts'
import {
  addSample,
  type Buckets,
  bucketHigh,
  bucketLow,
  emptyBuckets,
  encodeHistogram,
  histogramQuantile,
  mergeHistograms,
  nearestRank,
  type Quantile,
} from './histogram.ts'

const NS_PER_US = 1000
const NS_PER_MS = 1e6

/**
 * Exact statistics of samples in nanoseconds, given in milliseconds, beside their histogram.
 *
 * Quantiles are nearest-rank: always a value that was really seen. NaN is no sample and is left out,
 * so `n` says how many were known; null when none was. The samples are not reordered.
 */
export function distributionOf(samplesNs: Float64Array): Distribution | null {
  const buckets = emptyBuckets()
  let n = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let sum = 0
  for (let i = 0; i < samplesNs.length; i++) {
    const ns = samplesNs[i]!
    if (Number.isNaN(ns)) continue
    n++
    sum += ns
    if (ns < min) min = ns
    if (ns > max) max = ns
    addSample(buckets, ns / NS_PER_US)
  }
  if (n === 0) return null
  const exact = (q: number) => select(samplesNs, buckets, nearestRank(q, n)) / NS_PER_MS
  return {
    n,
    min: min / NS_PER_MS,
    max: max / NS_PER_MS,
    sum: sum / NS_PER_MS,
    p50: exact(0.5),
    p95: exact(0.95),
    p99: exact(0.99),
    histogram: encodeHistogram(buckets),
  }
}

/** The samples of several streams as one, in their order. */
export function pooled(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/**
 * Merges distributions; nulls hold no sample and are skipped, null when nothing is left. One alone
 * comes back unchanged. n, min, max and histogram are exact; the quantiles of several then come from
 * the histogram (within 4.34 %), held inside [min, max].
 */
export function mergeDistributions(parts: readonly (Distribution | null)[]): Distribution | null {
  let n = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let sum = 0
  const known: Distribution[] = []
  for (const part of parts) {
    if (part === null) continue
    known.push(part)
    n += part.n
    min = Math.min(min, part.min)
    max = Math.max(max, part.max)
    sum += part.sum
  }
  const [one] = known
  if (one === undefined) return null
  if (known.length === 1) return one
  const histogram = mergeHistograms(known.map((part) => part.histogram))
  const at = (q: number) => quantile({ min, max, histogram }, q).ms
  return { n, min, max, sum, p50: at(0.5), p95: at(0.95), p99: at(0.99), histogram }
}

/**
 * Any quantile q (0 to 1) of a distribution, from its histogram and its exact ends, in milliseconds.
 * The exact nearest-rank quantile lies within [lowMs, highMs].
 */
export function quantile(
  { min, max, histogram }: Pick<Distribution, 'min' | 'max' | 'histogram'>,
  q: number,
): Quantile {
  const found = histogramQuantile(histogram, q)
  if (found === null) return { ms: min, lowMs: min, highMs: max }
  const hold = (ms: number) => Math.min(Math.max(ms, min), max)
  // The lowest bucket also holds what is below zero: there only the minimum is a lower border.
  const lowMs = found.lowMs === 0 ? min : hold(found.lowMs)
  return { ms: hold(found.ms), lowMs, highMs: hold(found.highMs) }
}

/** Arithmetic mean in milliseconds. */
export function mean(distribution: Distribution): number {
  return distribution.sum / distribution.n
}

/** The sample of that rank: the histogram finds its bucket, and only that bucket is sorted. */
function select(samplesNs: Float64Array, buckets: Buckets, rank: number): number {
  let index = -1
  let left = rank
  for (let held = buckets.zero; left > held; ) {
    left -= held
    index++
    held = buckets.counts[index]!
  }
  const low = bucketLow(index)
  const high = bucketHigh(index)
  const top = index === buckets.counts.length - 1
  const members = new Float64Array(index < 0 ? buckets.zero : buckets.counts[index]!)
  let size = 0
  for (let i = 0; i < samplesNs.length; i++) {
    const us = samplesNs[i]! / NS_PER_US
    if (us > low && (us <= high || top)) members[size++] = samplesNs[i]!
  }
  return members.sort()[left - 1]!
}
