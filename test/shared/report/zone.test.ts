import { expect, test } from 'vitest'
import { length } from '../../../shared/report/zone.ts'

test('a length is rounded to minutes, and something is never told as nothing', () => {
  const told = [0, 1, 29_999, 30_000, 45 * 60_000, 54.25 * 3_600_000].map(length)
  expect(told).toEqual(['0 min', 'under 1 min', 'under 1 min', '1 min', '45 min', '2 d 6 h 15 min'])
})
