import fc from 'fast-check'
import { expect, test } from 'vitest'
import { figureOf } from '../../../shared/verdict/figure.ts'
import { RUNS, SEED } from '../../support/seed.ts'

test.each([
  [0, 'ms', 150, '0'],
  [12.34, 'ms', 150, '12.3'],
  [1234.4, 'kbit/s', null, '1234'],
  [100, 'ms', null, '100'],
  [149.96, 'ms', 150, '149.96'],
  [149.999_999_9, 'ms', 150, '149.9999999'],
  [150, 'ms', 150, '150'],
  // Three figures would put it across.
  [30.058, 'ms', 30.06, '30.058'],
  [0.0002, 'ms', 150, '<0.001'],
  [-0.0002, 'ms', 150, '>-0.001'],
  [0.0002, 'ms', 0.0003, '0.0002'],
  [0.07, 'ratio', 0.07, '7'],
  [0.000_005, 'ratio', 0.01, '<0.001'],
  // A limit, held against itself.
  [87.25, 'kbit/s', 87.25, '87.25'],
] as const)('%s %s beside a limit of %s is %s', (value, unit, limit, text) => {
  expect(figureOf(value, { unit, limit })).toBe(text)
})

test('no value is rounded onto its limit or across it, and none is a power of ten', () => {
  const values = fc.double({ min: 0.001, max: 100_000, noNaN: true })
  const near = fc.double({ min: -1e-9, max: 1e-9, noNaN: true })
  fc.assert(
    fc.property(values, values, near, (limit, far, by) => {
      for (const value of [far, limit + by]) {
        if (value < 0.001) continue
        const text = figureOf(value, { unit: 'ms', limit })
        expect(Math.sign(Number(text) - limit)).toBe(Math.sign(value - limit))
        expect(text).toMatch(/^\d+(\.\d*[1-9])?$/)
      }
    }),
    { numRuns: 1000 * RUNS, seed: SEED },
  )
})
