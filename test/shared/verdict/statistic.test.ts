import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distributionOf } from '../../../shared/measure/distribution.ts'
import { nearestRank } from '../../../shared/measure/histogram.ts'
import {
  allowance,
  decide,
  intervalOf,
  type Sample,
  STATISTICS,
  statisticOf,
} from '../../../shared/verdict/statistic.ts'

const LIMIT = 30

/** A sample of exactly known values, milliseconds. */
function sampleOf(values: readonly number[]): Sample {
  const seen = distributionOf(Float64Array.from(values, (ms) => ms * 1e6))
  if (seen === null) throw new Error('a sample needs a value')
  const reach = values.filter((ms) => ms >= LIMIT).length
  return { n: values.length, limit: LIMIT, may: reach, must: reach, low: seen, high: seen }
}

const values = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 300 })

test('the counts decide as the nearest-rank percentile itself does', () => {
  fc.assert(
    fc.property(values, fc.constantFrom(...STATISTICS), (list, statistic) => {
      const sample = sampleOf(list)
      const below = statisticOf(statistic, sample.low) < LIMIT
      expect(decide(statistic, sample)).toBe(below ? 'pass' : 'fail')
    }),
  )
})

test('ranks are those of the measured distribution, for every sample size', () => {
  for (let n = 1; n <= 5000; n++) {
    expect(allowance('p95', n)).toBe(n - nearestRank(0.95, n))
    expect(allowance('p99', n)).toBe(n - nearestRank(0.99, n))
    expect(allowance('max', n)).toBe(0)
  }
})

test('wider error never turns a verdict round, it only undecides it', () => {
  const error = fc.integer({ min: 0, max: 40 })
  fc.assert(
    fc.property(values, error, fc.constantFrom(...STATISTICS), (list, e, statistic) => {
      const exact = sampleOf(list)
      const high = sampleOf(list.map((ms) => ms + e))
      const low = sampleOf(list.map((ms) => Math.max(0, ms - e)))
      const wide: Sample = {
        ...exact,
        may: high.may,
        must: low.must,
        low: low.low,
        high: high.high,
      }
      expect(['inconclusive', decide(statistic, exact)]).toContain(decide(statistic, wide))
      const [from, to] = intervalOf(statistic, wide)
      expect(from).toBeLessThanOrEqual(statisticOf(statistic, exact.low))
      expect(to).toBeGreaterThanOrEqual(statisticOf(statistic, exact.low) * (1 - 1e-9))
    }),
  )
})

test('an excuse can only take a fail away', () => {
  const excuse = fc.record({ packets: fc.nat(400), margin: fc.nat(40) })
  fc.assert(
    fc.property(values, excuse, fc.constantFrom(...STATISTICS), (list, given, statistic) => {
      const before = decide(statistic, sampleOf(list))
      const after = decide(statistic, sampleOf(list), given)
      expect(before === 'pass' ? ['pass'] : ['fail', 'inconclusive']).toContain(after)
    }),
  )
})

test('a mean is excused by the largest values, not by average ones', () => {
  const list = [...Array<number>(90).fill(25), ...Array<number>(10).fill(100)]
  expect(decide('mean', sampleOf(list))).toBe('fail')
  expect(decide('mean', sampleOf(list), { packets: 10, margin: 0 })).toBe('inconclusive')
})
