import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  addSample,
  bucketHigh,
  bucketLow,
  bucketOf,
  decodeHistogram,
  emptyBuckets,
  encodeHistogram,
  histogramQuantile,
  mergeHistograms,
  nearestRank,
} from '../../../shared/measure/histogram.ts'
import { HistogramSchema } from '../../../shared/record/observation.ts'

const micros = fc.double({ min: -1e3, max: 1e9, noNaN: true })
const samples = fc.array(micros, { maxLength: 60 })

function histogramOf(values: readonly number[]) {
  const buckets = emptyBuckets()
  for (const us of values) addSample(buckets, us)
  return encodeHistogram(buckets)
}

describe('histogram', () => {
  it('files every sample between the borders of its bucket, the upper one inside', () => {
    fc.assert(
      fc.property(micros, (us) => {
        const index = bucketOf(us)
        return index < 0 ? us <= 1 : us > bucketLow(index) && us <= bucketHigh(index)
      }),
    )
    for (let i = 0; i < 400; i++) expect(bucketOf(bucketHigh(i))).toBe(i)
  })

  it('doubles every eight buckets and is 2^(1/8) wide', () => {
    expect(bucketLow(0)).toBe(1)
    expect(bucketLow(80)).toBe(1024)
    expect(bucketHigh(3) / bucketLow(3)).toBeCloseTo(2 ** 0.125, 14)
  })

  it('keeps what is beyond the last bucket in the last bucket', () => {
    expect(bucketOf(1e30)).toBe(399)
    expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(399)
  })

  it('merges to the histogram of the whole, in any order and any grouping', () => {
    fc.assert(
      fc.property(samples, samples, samples, (a, b, c) => {
        const [ha, hb, hc] = [histogramOf(a), histogramOf(b), histogramOf(c)]
        const whole = histogramOf([...a, ...b, ...c])
        expect(mergeHistograms([ha, hb, hc])).toEqual(whole)
        expect(mergeHistograms([hc, mergeHistograms([hb, ha])])).toEqual(whole)
        expect(mergeHistograms([mergeHistograms([ha, hb]), hc])).toEqual(whole)
      }),
    )
  })

  it('merges what the schema allows as if each were read back whole: beyond the last, empty, unevenly cut', () => {
    const count = fc.integer({ min: 0, max: 3 })
    const near = fc.integer({ min: 380, max: 400 })
    const first = fc.oneof(fc.integer({ min: 0, max: 400 }), near)
    const histogram = fc.record({
      scale: fc.constant(3 as const),
      zero: count,
      first,
      counts: fc.array(count, { maxLength: 40 }),
    })
    fc.assert(
      fc.property(fc.array(histogram, { maxLength: 5 }), (parts) => {
        const whole = emptyBuckets()
        for (const { zero, counts } of parts.map(decodeHistogram)) {
          whole.zero += zero
          for (const [at, n] of counts.entries()) whole.counts[at] = whole.counts[at]! + n
        }
        expect(mergeHistograms(parts)).toEqual(encodeHistogram(whole))
      }),
    )
  })

  it('survives being written and read, in the shape of the schema', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const encoded = histogramOf(values)
        expect(v.is(HistogramSchema, encoded)).toBe(true)
        expect(encodeHistogram(decodeHistogram(encoded))).toEqual(encoded)
      }),
    )
  })

  it('gives every quantile within 4.4 % of the exact one, and borders that hold it', () => {
    const positive = fc.array(fc.double({ min: 1.01, max: 1e9, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(positive, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const exact = values.sort((a, b) => a - b)[nearestRank(q, values.length) - 1]! / 1000
        const found = histogramQuantile(histogramOf(values), q)!
        expect(Math.abs(found.ms - exact) / exact).toBeLessThan(0.044)
        expect(exact).toBeGreaterThanOrEqual(found.lowMs)
        expect(exact).toBeLessThanOrEqual(found.highMs * (1 + 1e-12))
      }),
    )
  })

  it('has no quantile when empty, and counts no NaN', () => {
    expect(histogramQuantile(histogramOf([]), 0.5)).toBeNull()
    expect(histogramOf([Number.NaN])).toEqual({ scale: 3, zero: 0, first: 0, counts: [] })
  })

  it('ranks by the smallest rank that is at least q x n', () => {
    expect([20, 21, 100, 101, 1].map((n) => nearestRank(0.95, n))).toEqual([19, 20, 95, 96, 1])
    for (let n = 1; n < 3000; n++) expect(nearestRank(0.95, n)).toBe(Math.ceil((95 * n) / 100))
    for (let n = 1; n < 3000; n++) expect(nearestRank(0.99, n)).toBe(Math.ceil((99 * n) / 100))
  })
})
