import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  distributionOf,
  mean,
  mergeDistributions,
  quantile,
} from '../../../shared/measure/distribution.ts'
import { nearestRank } from '../../../shared/measure/histogram.ts'

const nanos = fc.array(fc.integer({ min: -5000, max: 400_000_000 }), { maxLength: 80 })
const of = (values: readonly number[]) => distributionOf(Float64Array.from(values))

describe('distribution', () => {
  it('gives exact nearest-rank quantiles of any sample', () => {
    fc.assert(
      fc.property(nanos, (values) => {
        const found = of(values)
        if (values.length === 0) {
          expect(found).toBeNull()
          return
        }
        const sorted = [...values].sort((a, b) => a - b)
        const exact = (q: number) => sorted[nearestRank(q, sorted.length) - 1]! / 1e6
        expect(found).toMatchObject({
          n: values.length,
          min: sorted[0]! / 1e6,
          max: sorted.at(-1)! / 1e6,
          p50: exact(0.5),
          p95: exact(0.95),
          p99: exact(0.99),
        })
      }),
    )
  })

  it('is null on nothing and on nothing known, and does not count what is not known', () => {
    expect(of([])).toBeNull()
    expect(of([Number.NaN, Number.NaN])).toBeNull()
    const found = of([Number.NaN, 2e6, 4e6])!
    expect(found.n).toBe(2)
    expect(mean(found)).toBe(3)
  })

  it('leaves the order of the samples alone', () => {
    const samples = Float64Array.from([3e6, 1e6, 2e6])
    distributionOf(samples)
    expect([...samples]).toEqual([3e6, 1e6, 2e6])
  })

  it('merges to the exact counts and ends of the whole, quantiles within the bucket', () => {
    fc.assert(
      fc.property(nanos, nanos, nanos, (a, b, c) => {
        const whole = of([...a, ...b, ...c])
        const merged = mergeDistributions([of(a), of(b), of(c)])
        const grouped = mergeDistributions([of(c), mergeDistributions([of(b), of(a)])])
        if (whole === null || merged === null || grouped === null) {
          expect([whole, merged, grouped]).toEqual([null, null, null])
          return
        }
        for (const one of [merged, grouped]) {
          expect(one.n).toBe(whole.n)
          expect([one.min, one.max]).toEqual([whole.min, whole.max])
          expect(one.sum).toBeCloseTo(whole.sum, 6)
          expect(one.histogram).toEqual(whole.histogram)
          const bounds = quantile(one, 0.95)
          expect(whole.p95).toBeGreaterThanOrEqual(bounds.lowMs)
          expect(whole.p95).toBeLessThanOrEqual(bounds.highMs)
        }
      }),
    )
  })

  it('keeps one alone as it is, whatever nulls stand beside it', () => {
    const one = of([1e6, 2e6, 9e6])
    expect(mergeDistributions([null, one, null])).toEqual(one)
    expect(mergeDistributions([null, null])).toBeNull()
    expect(mergeDistributions([])).toBeNull()
  })
})
