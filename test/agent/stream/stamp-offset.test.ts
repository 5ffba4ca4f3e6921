import { describe, expect, test } from 'vitest'
import { offsetAtStamp } from '../../../agent/stream/stamp-offset.ts'

const MS = 1e6
const OLD = 5000 * MS
const NOW = 9000 * MS

/** Clocks that were looked at before a step of `stepMs`. */
const clocks = (stepMs: number) => ({
  wallOffsetNs: () => OLD,
  monotonicNs: () => NOW,
  wallNs: () => NOW + OLD + stepMs * MS,
})
/** A stamp made `agoMs` before it is read, on a clock that is then `stepMs` ahead. */
const stamp = (agoMs: number, stepMs = 0) => NOW - agoMs * MS + OLD + stepMs * MS

describe('the offset of the wall clock when a stamp was made', () => {
  test('is that of the last look while nothing steps', () => {
    expect(offsetAtStamp(clocks(0), stamp(3), NOW)).toBe(OLD)
    expect(offsetAtStamp(clocks(0), stamp(900), NOW)).toBe(OLD)
  })

  test.each([400, -400, 3_600_000])('is read anew after a step of %i ms', (stepMs) => {
    expect(offsetAtStamp(clocks(stepMs), stamp(3, stepMs), NOW)).toBe(OLD + stepMs * MS)
  })

  test('is still the old one for a stamp from before the step', () => {
    expect(offsetAtStamp(clocks(400), stamp(12), NOW)).toBe(OLD)
  })

  test('is unknowable for a datagram that waited long while the clock stepped', () => {
    expect(offsetAtStamp(clocks(400), stamp(900), NOW)).toBeNaN()
  })
})
