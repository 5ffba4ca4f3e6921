import fc from 'fast-check'
import { expect, test } from 'vitest'
import { age, amount, utc } from '../../../server/dashboard/words.ts'
import { RUNS, SEED } from '../../support/seed.ts'

test.each([
  [null, 'ms', null, '–'],
  [149.96, 'ms', 150, '149.96\u00a0ms'],
  [150, 'ms', 150, '150\u00a0ms'],
  [21.04, 'ms', 150, '21\u00a0ms'],
  [2.0049, 'ms', null, '2.005\u00a0ms'],
  [0.00999, 'ratio', 0.01, '0.999\u00a0%'],
  [0.000001, 'ratio', 0.01, '<0.001\u00a0%'],
  [1234.4, 'kbit/s', null, '1234\u00a0kbit/s'],
  [46, 'dscp', 46, 'DSCP 46'],
  [3, 'none', null, '3'],
] as const)('%s %s beside a limit of %s is shown as %s', (value, unit, limit, text) => {
  expect(amount(value, unit, limit)).toBe(text)
})

test('a value is never rounded onto its limit or across it', () => {
  const values = fc.double({ min: 0.01, max: 5000, noNaN: true })
  fc.assert(
    fc.property(values, values, (value, limit) => {
      const shown = Number.parseFloat(amount(value, 'ms', limit))
      // Nearer than that the last figure that is shown tells them apart no more.
      if (Math.abs(value - limit) < 1e-8) return
      expect(Math.sign(shown - limit)).toBe(Math.sign(value - limit))
    }),
    { numRuns: 1000 * RUNS, seed: SEED },
  )
})

test.each([
  [-1, 'ahead of this collector’s clock'],
  [119, '119 s'],
  [120, '2 min'],
  [7200, '2 h'],
  [172_800, '2 days'],
])('%i seconds are %s', (seconds, text) => {
  expect(age(seconds)).toBe(text)
})

test('an instant is shown to the minute with its zone', () => {
  expect(utc('2026-03-02T10:01:02.000Z')).toBe('2026-03-02 10:01 UTC')
})
