import { expect, test } from 'vitest'
import { holesIn, holesText, periodOf, tooLong } from '../../../shared/verdict/coverage.ts'
import { findingAt, judged, MINUTE, START, silent, stream, verdictAt } from './scenes.ts'

const minute = (index: number, change = {}) =>
  stream({ from: START + index * MINUTE, to: START + (index + 1) * MINUTE, ...change })
const QUARTER = { from: START, to: START + 15 * MINUTE }
const quarter = Array.from({ length: 15 }, (_, index) => minute(index))

test('fifteen good minutes pass as one interval', () => {
  const finding = findingAt(judged(quarter, QUARTER), 'VRN-6')
  expect(finding).toMatchObject({ verdict: 'pass', n: 45_000, detail: '0 of 45000 lost' })
})

test('a minute without a record denies a pass and is named', () => {
  const without = quarter.filter((_, index) => index !== 4)
  const finding = findingAt(judged(without, QUARTER), 'VRN-6')
  expect(finding).toMatchObject({ verdict: 'inconclusive', reason: 'partly-observed', n: 42_000 })
  expect(finding.detail).toContain('not seen: 10:04:00-10:05:00 (no record)')
})

test('a minute in which nothing answered denies a pass and is no loss', () => {
  const dead = quarter.map((o, i) => (i === 4 ? silent(3000, { from: o.from, to: o.to }) : o))
  const finding = findingAt(judged(dead, QUARTER), 'VRN-6')
  expect(finding).toMatchObject({ verdict: 'inconclusive', reason: 'partly-observed', value: 0 })
  expect(finding.detail).toContain('(no reply)')
})

test('a short gap inside a window is named with its cause and denies nothing', () => {
  const gap = { from: START + 20_000, to: START + 23_000, cause: 'reflector-restart' } as const
  const finding = findingAt(judged([minute(0, { gaps: [gap] })]), 'VRN-3')
  expect(finding.verdict).toBe('pass')
  expect(finding.detail).toContain('10:00:20-10:00:23 (reflector-restart)')
})

test('a fail needs no coverage', () => {
  const lossy = minute(3, {
    out: { jitter: null, loss: { ...minute(0).legs.out.loss, lost: 300 } },
  })
  expect(verdictAt(judged([lossy], QUARTER), 'VRN-6')).toBe('fail over-limit')
})

test('a window belongs to one of two neighbouring intervals', () => {
  const next = { from: START + 15 * MINUTE, to: START + 30 * MINUTE }
  const askew = minute(14, { from: START + 14 * MINUTE + 200, to: START + 15 * MINUTE + 200 })
  const n = (period: typeof QUARTER) =>
    judged([askew], period).findings.find((f) => f.id === 'VRN-6' && f.leg === 'out')?.n
  expect([n(QUARTER), n(next)]).toEqual([3000, 0])
})

test('holes are what no heard window covers, with the cause that the windows give', () => {
  const refused = { from: START + 2 * MINUTE, to: START + 3 * MINUTE, cause: 'refused' } as const
  const holes = holesIn([minute(0), minute(2, { gaps: [refused] })], START, START + 4 * MINUTE)
  expect(holes).toEqual([{ from: START + MINUTE, to: START + 4 * MINUTE, cause: 'refused' }])
  expect(holesText(holes)).toBe('not seen: 10:01:00-10:04:00 (refused)')
})

test('many short holes together are too long as well', () => {
  const hole = { from: 0, to: 30_000, cause: 'no-session' }
  expect(tooLong([hole], 600_000, MINUTE)).toBe(false)
  expect(tooLong([hole, hole, hole], 600_000, MINUTE)).toBe(true)
})

test('a run is judged over the time that it saw', () => {
  expect(periodOf([minute(3), minute(1)])).toEqual({ from: START + MINUTE, to: START + 4 * MINUTE })
  expect(periodOf([])).toBeNull()
})
