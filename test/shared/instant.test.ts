import { expect, test } from 'vitest'
import { instantFrom, instantGiven, isDay } from '../../shared/instant.ts'

test.each([
  ['2026-03-02T06:00Z', Date.UTC(2026, 2, 2, 6)],
  ['2026-03-02T06:00:30.250Z', Date.UTC(2026, 2, 2, 6, 0, 30, 250)],
  ['2026-03-02T06:00+02:00', Date.UTC(2026, 2, 2, 4)],
  ['2026-03-02 06:00Z', Date.UTC(2026, 2, 2, 6)],
  ['2028-02-29T00:00Z', Date.UTC(2028, 1, 29)],
  // The day is that of its own zone.
  ['2026-02-28T23:30-01:00', Date.UTC(2026, 2, 1, 0, 30)],
])('%s is an instant', (text, ms) => {
  expect(instantFrom(text)).toBe(ms)
})

test.each([
  ...['2026-02-30T09:10Z', '2026-02-29T00:00Z', '2026-04-31T00:00Z', '2026-13-01T00:00Z'],
  ...['2026-00-10T00:00Z', '2026-03-02T24:00Z', '2026-03-02T06:60Z', '2026-03-02T06:00'],
  ...['2026-03-02', 'Mar 2 2026 06:00Z', '02.03.2026 06:00Z', '1969-12-31T23:00Z', '', 'Z'],
])('%s is none: no day is taken for one of the next month', (text) => {
  expect(instantFrom(text)).toBeNull()
  expect(() => instantGiven('--from', text)).toThrow(/--from: wanted a time with its zone/)
})

test('a day is one of the calendar, written in one way', () => {
  expect(['2026-02-28', '2028-02-29'].map(isDay)).toEqual([true, true])
  for (const text of ['2026-02-29', '2026-11-31', '2026-1-1', '26-01-01', '2026-01-01T00:00Z'])
    expect(isDay(text)).toBe(false)
})
