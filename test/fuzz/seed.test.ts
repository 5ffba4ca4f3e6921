import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RUNS } from '../support/seed.ts'

test('properties are asserted with the suite’s seed: the same cases each time, and as many as was asked for', () => {
  const cases = () => {
    const drawn: number[] = []
    fc.assert(
      fc.property(fc.integer(), (one) => void drawn.push(one)),
      { numRuns: 20 },
    )
    return drawn
  }
  expect(cases()).toEqual(cases())
  expect(cases()).toHaveLength(20 * RUNS)
})
