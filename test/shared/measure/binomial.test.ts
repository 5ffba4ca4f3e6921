import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logGamma, regularisedBeta } from '../../../shared/measure/beta.ts'
import { lowerBound, upperBound } from '../../../shared/measure/binomial.ts'

describe('binomial bounds, Clopper and Pearson', () => {
  /** Packets, most lost for a pass, fewest lost for a fail: 1 %, 95 %, one-sided. */
  const decided = [
    [1500, 8, 23],
    [3000, 20, 40],
    [15000, 129, 171],
  ] as const
  for (const [n, pass, fail] of decided)
    it(`decide 1 % from ${n} packets at ${pass} lost or fewer, ${fail} or more, and not between`, () => {
      expect(upperBound(pass, n, 0.95)).toBeLessThanOrEqual(0.01)
      expect(upperBound(pass + 1, n, 0.95)).toBeGreaterThan(0.01)
      expect(lowerBound(fail, n, 0.95)).toBeGreaterThan(0.01)
      expect(lowerBound(fail - 1, n, 0.95)).toBeLessThanOrEqual(0.01)
    })

  it('need 299 lossless packets to prove 1 %, and 298 or one loss do not', () => {
    expect(upperBound(0, 299, 0.95)).toBeLessThanOrEqual(0.01)
    expect(upperBound(0, 298, 0.95)).toBeGreaterThan(0.01)
    expect(upperBound(1, 299, 0.95)).toBeGreaterThan(0.01)
  })

  it('are the closed forms at the ends', () => {
    expect(upperBound(0, 100, 0.95)).toBeCloseTo(1 - 0.05 ** (1 / 100), 11)
    expect(lowerBound(100, 100, 0.95)).toBeCloseTo(0.05 ** (1 / 100), 11)
    expect([lowerBound(0, 100, 0.95), upperBound(100, 100, 0.95)]).toEqual([0, 1])
    expect([lowerBound(0, 0, 0.95), upperBound(0, 0, 0.95)]).toEqual([0, 1])
  })

  it('cut off exactly the tail of the binomial sum', () => {
    const [n, k] = [40, 3]
    const p = upperBound(k, n, 0.95)
    let term = (1 - p) ** n
    let tail = term
    for (let i = 1; i <= k; i++) {
      term *= ((n - i + 1) / i) * (p / (1 - p))
      tail += term
    }
    expect(tail).toBeCloseTo(0.05, 10)
  })

  it('hold the counted ratio between them, for real counts too', () => {
    const counts = fc.tuple(
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.double({ min: 1, max: 1e5, noNaN: true }),
    )
    fc.assert(
      fc.property(counts, ([share, n]) => {
        const k = share * n
        expect(lowerBound(k, n, 0.95)).toBeLessThanOrEqual(share)
        expect(upperBound(k, n, 0.95)).toBeGreaterThanOrEqual(share)
      }),
    )
  })

  it('close in on the ratio over millions of packets', () => {
    const normal = 1.6448536 * Math.sqrt((0.01 * 0.99) / 1e7)
    expect(upperBound(1e5, 1e7, 0.95)).toBeCloseTo(0.01 + normal, 6)
    expect(lowerBound(1e5, 1e7, 0.95)).toBeCloseTo(0.01 - normal, 6)
  })
})

describe('incomplete beta', () => {
  it('is x^a for b = 1, and its own mirror image', () => {
    expect(regularisedBeta(0.3, 4, 1)).toBeCloseTo(0.3 ** 4, 14)
    expect(regularisedBeta(0.7, 2.5, 3.5)).toBeCloseTo(1 - regularisedBeta(0.3, 3.5, 2.5), 14)
    expect([regularisedBeta(0, 2, 3), regularisedBeta(1, 2, 3)]).toEqual([0, 1])
  })

  it('rests on a gamma function that knows its factorials', () => {
    expect(logGamma(1)).toBeCloseTo(0, 13)
    expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 12)
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13)
    expect(logGamma(0.25)).toBeCloseTo(1.2880225246980774, 13)
  })
})
