import { expect, test } from 'vitest'
import type { Finding } from '../../../server/dashboard/answers.ts'
import { age, amount, limitText, utc } from '../../../server/dashboard/words.ts'

test.each([
  [null, 'ms', null, '–'],
  [149.96, 'ms', 150, '149.96\u00a0ms'],
  [150, 'ms', 150, '150\u00a0ms'],
  [21.04, 'ms', 150, '21\u00a0ms'],
  [2.0049, 'ms', null, '2\u00a0ms'],
  [2.0049, 'ms', 2, '2.005\u00a0ms'],
  [-0.0002, 'ms', null, '>-0.001\u00a0ms'],
  [0.00999, 'ratio', 0.01, '0.999\u00a0%'],
  [0.000001, 'ratio', 0.01, '<0.001\u00a0%'],
  [1234.4, 'kbit/s', null, '1234\u00a0kbit/s'],
  [46, 'dscp', 46, 'DSCP 46'],
  [3, 'none', null, '3'],
] as const)('%s %s beside a limit of %s is shown as %s', (value, unit, limit, text) => {
  expect(amount(value, unit, limit)).toBe(text)
})

test('a limit is shown as it is, however many figures it has', () => {
  const finding = { limit: 87.25, op: '>=', unit: 'kbit/s' } as Finding
  expect(limitText(finding)).toBe('≥ 87.25\u00a0kbit/s')
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
