import { expect, test } from 'vitest'
import { Rhythm } from '../../../agent/uplink/rhythm.ts'

const never = new AbortController().signal

/** Begun ten seconds into a minute of the wall clock. */
function rhythmAt(start = 0) {
  let nowMs = start
  const rhythm = new Rhythm({ nowMs: () => 70_000, monotonicMs: () => nowMs, random: () => 0.25 })
  return { rhythm, at: (ms: number) => (nowMs = ms) }
}

/** What became of a waiting after the microtasks and so many milliseconds. */
async function within(ms: number, waiting: Promise<void>): Promise<'over' | 'waits'> {
  const later = new Promise<'waits'>((resolve) => setTimeout(() => resolve('waits'), ms))
  return Promise.race([waiting.then(() => 'over' as const), later])
}

test('the first record is due when the minute of the start is closed, at this place in the spread', () => {
  const { rhythm, at } = rhythmAt()
  // 53 s, and 0.3 of them are kept.
  expect(rhythm.freeSeconds()).toBe(52)
  rhythm.spreadMs = 20_000
  expect(rhythm.freeSeconds()).toBe(57)
  at(59_001)
  expect(rhythm.freeSeconds()).toBe(null)
})

test('where a record stays away nothing is known', async () => {
  const { rhythm, at } = rhythmAt()
  rhythm.due()
  rhythm.began()
  rhythm.over()
  at(61_000)
  expect(rhythm.freeSeconds()).not.toBe(null)
  at(61_001)
  expect(rhythm.freeSeconds()).toBe(null)
  expect(await within(50, rhythm.untilQuiet(never))).toBe('over')
})

test('a question ends before the next record is due, a minute after the last', () => {
  const { rhythm, at } = rhythmAt(1000)
  rhythm.due()
  rhythm.began()
  rhythm.over()
  at(1100)
  // 59.9 s are left, and 0.3 of them are kept.
  expect(rhythm.freeSeconds()).toBe(59)
  at(31_000)
  expect(rhythm.freeSeconds()).toBe(29)
  at(59_690)
  expect(rhythm.freeSeconds()).toBe(1)
})

test('what goes just now is waited for until it is answered, however long that takes', async () => {
  const { rhythm, at } = rhythmAt()
  rhythm.due()
  rhythm.began()
  const waiting = rhythm.untilQuiet(never)
  expect(await within(50, waiting)).toBe('waits')
  at(14_000)
  expect(await within(50, waiting)).toBe('waits')
  rhythm.over()
  expect(await within(50, waiting)).toBe('over')
  expect(await within(50, rhythm.untilQuiet(never))).toBe('over')
})

test('what is about to go is waited for, until it went, through its going', async () => {
  const { rhythm, at } = rhythmAt()
  rhythm.due()
  rhythm.began()
  rhythm.over()
  at(58_600)
  expect(await within(50, rhythm.untilQuiet(never))).toBe('over')
  at(58_800)
  const waiting = rhythm.untilQuiet(never)
  expect(await within(50, waiting)).toBe('waits')
  at(60_000)
  rhythm.due()
  expect(await within(50, waiting)).toBe('waits')
  rhythm.began()
  expect(await within(50, waiting)).toBe('waits')
  rhythm.over()
  expect(await within(50, waiting)).toBe('over')
})

test('what is due and cannot go, for its collector sends it away, is waited for a second', async () => {
  const { rhythm, at } = rhythmAt()
  rhythm.due()
  at(980)
  const waiting = rhythm.untilQuiet(never)
  expect(await within(5, waiting)).toBe('waits')
  at(1000)
  expect(await within(5000, waiting)).toBe('over')
})

test('neither is a late record waited for beyond a second, nor anything beyond the stop', async () => {
  const { rhythm, at } = rhythmAt()
  rhythm.due()
  rhythm.began()
  rhythm.over()
  at(60_980)
  const late = rhythm.untilQuiet(never)
  expect(await within(5, late)).toBe('waits')
  at(61_001)
  expect(await within(5000, late)).toBe('over')
  rhythm.began()
  const stopping = new AbortController()
  const waiting = rhythm.untilQuiet(stopping.signal)
  expect(await within(50, waiting)).toBe('waits')
  stopping.abort()
  expect(await within(5000, waiting)).toBe('over')
})
