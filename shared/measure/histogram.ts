import type { Histogram } from '../record/observation.ts'

/**
 * Exponential histogram, base 2^(1/8) over microseconds: bucket i holds (base^i, base^(i+1)].
 *
 * Counts are integers and merging is addition, so minutes sum to months without losing anything more
 * than the bucket's width. A quantile read from it is within 4.34 % of the exact one: its value is
 * the harmonic middle 2ab/(a+b) of the bucket (a, b], whose relative error is (b-a)/(b+a) at either end.
 */
export interface Buckets {
  zero: number
  readonly counts: Float64Array
}

/** A quantile in milliseconds, and the borders of the bucket that surely holds the exact one. */
export interface Quantile {
  readonly ms: number
  readonly lowMs: number
  readonly highMs: number
}

const BUCKETS = 400
const PER_OCTAVE = 8
const US_PER_MS = 1000
const BOUNDS = bounds()

export function emptyBuckets(): Buckets {
  return { zero: 0, counts: new Float64Array(BUCKETS) }
}

/** Index of the bucket of a sample in microseconds; -1 for 1 microsecond and below. */
export function bucketOf(us: number): number {
  if (us <= 1) return -1
  let index = Math.min(Math.ceil(Math.log2(us) * PER_OCTAVE) - 1, BUCKETS - 1)
  // The logarithm is only a guess: the borders decide, so that every machine files alike.
  if (index < 0 || us > BOUNDS[index + 1]!) index++
  else if (us <= BOUNDS[index]!) index--
  return Math.min(index, BUCKETS - 1)
}

/** Adds one sample in microseconds. Refuses nothing but NaN, which is no sample and is not counted. */
export function addSample(buckets: Buckets, us: number): void {
  if (Number.isNaN(us)) return
  const index = bucketOf(us)
  if (index < 0) buckets.zero++
  else buckets.counts[index] = buckets.counts[index]! + 1
}

/** Writes the record's shape: leading and trailing empty buckets are left out. */
export function encodeHistogram({ zero, counts }: Buckets): Histogram {
  return withoutEmptyEnds(zero, 0, Array.from(counts))
}

function withoutEmptyEnds(zero: number, begin: number, counts: readonly number[]): Histogram {
  let first = 0
  let end = counts.length
  while (end > 0 && counts[end - 1] === 0) end--
  while (first < end && counts[first] === 0) first++
  if (end === 0) return { scale: 3, zero, first: 0, counts: [] }
  return { scale: 3, zero, first: begin + first, counts: counts.slice(first, end) }
}

/** Reads the record's shape back. */
export function decodeHistogram(histogram: Histogram): Buckets {
  const buckets = emptyBuckets()
  buckets.zero = histogram.zero
  addCounts(buckets.counts, 0, histogram)
  return buckets
}

/** Sums histograms: commutative, associative, and equal to the histogram of all samples together. */
export function mergeHistograms(parts: readonly Histogram[]): Histogram {
  let zero = 0
  let first = BUCKETS - 1
  let end = 0
  for (const part of parts) {
    zero += part.zero
    if (part.counts.length === 0) continue
    first = Math.min(first, part.first)
    end = Math.max(end, part.first + part.counts.length)
  }
  // Only as many as there are: of 400 a stream fills some tens.
  const sum = new Array<number>(Math.max(0, Math.min(end, BUCKETS) - first)).fill(0)
  for (const part of parts) addCounts(sum, first, part)
  return withoutEmptyEnds(zero, first, sum)
}

/**
 * Buckets beyond the last one are filed in the last.
 * @param begin index of the first bucket in `sum`, which reaches as far as the others do
 */
function addCounts(
  sum: { [index: number]: number },
  begin: number,
  { first, counts }: Histogram,
): void {
  for (let offset = 0; offset < counts.length; offset++) {
    const index = Math.min(first + offset, BUCKETS - 1) - begin
    sum[index] = sum[index]! + counts[offset]!
  }
}

/** Rank (1 to n) of quantile q by the nearest-rank rule: the smallest rank that is at least q x n. */
export function nearestRank(q: number, n: number): number {
  // Shrunk by a few ulps, so that 0.95 x 20 is rank 19 however the product rounds.
  const rank = Math.ceil(q * n * (1 - 4 * Number.EPSILON))
  return Math.min(Math.max(rank, 1), n)
}

/**
 * The nearest-rank quantile q (0 to 1) with its bucket's borders, in milliseconds; null when empty.
 * In the lowest bucket (1 microsecond and below) the borders are 0 and 0.001.
 */
export function histogramQuantile(histogram: Histogram, q: number): Quantile | null {
  let n = histogram.zero
  for (const count of histogram.counts) n += count
  if (n === 0) return null
  let left = nearestRank(q, n) - histogram.zero
  if (left <= 0) return { ms: 0, lowMs: 0, highMs: 1 / US_PER_MS }
  let index = histogram.first
  for (const count of histogram.counts) {
    left -= count
    if (left <= 0) break
    index++
  }
  const lowMs = bucketLow(index) / US_PER_MS
  const highMs = bucketHigh(index) / US_PER_MS
  return { ms: (2 * lowMs * highMs) / (lowMs + highMs), lowMs, highMs }
}

/** Lower border of bucket `index`, microseconds, itself outside; everything below for -1. */
export function bucketLow(index: number): number {
  return index < 0 ? Number.NEGATIVE_INFINITY : BOUNDS[index]!
}

/** Upper border of bucket `index`, microseconds, itself inside. */
export function bucketHigh(index: number): number {
  return BOUNDS[index + 1]!
}

/** base^i for i = 0 .. 400, from square roots and powers of two alone: the same bits everywhere. */
function bounds(): Float64Array {
  const half = Math.sqrt(2)
  const quarter = Math.sqrt(half)
  const eighth = Math.sqrt(quarter)
  return Float64Array.from({ length: BUCKETS + 1 }, (_, i) => {
    const part = (i & 4 ? half : 1) * (i & 2 ? quarter : 1) * (i & 1 ? eighth : 1)
    return 2 ** (i >> 3) * part
  })
}
