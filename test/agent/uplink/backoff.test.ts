import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, retryAfterMs } from '../../../agent/uplink/backoff.ts'

test('the bound of the wait doubles from one second to five minutes', () => {
  expect([1, 2, 3, 9, 10, 1000].map((failures) => backoffMs(failures, 1))).toEqual([
    1000, 2000, 4000, 256_000, 300_000, 300_000,
  ])
})

test('every wait lies between a tenth of a second and the bound', () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
      const wait = backoffMs(failures, random)
      expect(wait).toBeGreaterThanOrEqual(100)
      expect(wait).toBeLessThanOrEqual(300_000)
    }),
  )
})

test('Retry-After is read as seconds or as a date, and bounded to an hour', () => {
  const now = Date.parse('2026-03-02T10:00:00Z')
  expect(retryAfterMs('7', now)).toBe(7000)
  expect(retryAfterMs('Mon, 02 Mar 2026 10:00:30 GMT', now)).toBe(30_000)
  expect(retryAfterMs('Mon, 02 Mar 2026 09:00:00 GMT', now)).toBe(0)
  expect(retryAfterMs('999999', now)).toBe(3_600_000)
  expect(retryAfterMs('soon', now)).toBeNull()
  expect(retryAfterMs(undefined, now)).toBeNull()
})
