import { expect, test } from 'vitest'
import { Rhythm } from '../../../agent/uplink/rhythm.ts'

const never = new AbortController().signal

function rhythmAt(start = 0) {
  let nowMs = start
  const rhythm = new Rhythm(() => nowMs)
  return { rhythm, at: (ms: number) => (nowMs = ms) }
}

/** What became of a waiting after the microtasks and so many milliseconds. */
async function within(ms: number, waiting: Promise<void>): Promise<'over' | 'waits'> {
  const later = new Promise<'waits'>((resolve) => setTimeout(() => resolve('waits'), ms))
  return Promise.race([waiting.then(() => 'over' as const), later])
}

test('before the first record, and where one stays away, nothing is known', async () => {
  const { rhythm, at } = rhythmAt()
  expect(rhythm.freeSeconds()).toBe(null)
  rhythm.goes()
  rhythm.over()
  at(61_000)
  expect(rhythm.freeSeconds()).not.toBe(null)
  at(61_001)
  expect(rhythm.freeSeconds()).toBe(null)
  expect(await within(50, rhythm.untilQuiet(never))).toBe('over')
})

test('a question ends before the next record is due, a minute after the last', () => {
  const { rhythm, at } = rhythmAt(1000)
  rhythm.goes()
  rhythm.over()
  at(1100)
  // 59.9 s are left, and 0.3 of them are kept.
  expect(rhythm.freeSeconds()).toBe(59)
  at(31_000)
  expect(rhythm.freeSeconds()).toBe(29)
  at(59_690)
  expect(rhythm.freeSeconds()).toBe(1)
})

test('what goes just now is waited for until it is answered', async () => {
  const { rhythm } = rhythmAt()
  rhythm.goes()
  const waiting = rhythm.untilQuiet(never)
  expect(await within(50, waiting)).toBe('waits')
  rhythm.over()
  expect(await within(50, waiting)).toBe('over')
  expect(await within(50, rhythm.untilQuiet(never))).toBe('over')
})

test('what is about to go is waited for, until it went, through its going', async () => {
  const { rhythm, at } = rhythmAt()
  rhythm.goes()
  rhythm.over()
  at(58_600)
  expect(await within(50, rhythm.untilQuiet(never))).toBe('over')
  at(58_800)
  const waiting = rhythm.untilQuiet(never)
  expect(await within(50, waiting)).toBe('waits')
  at(60_000)
  rhythm.goes()
  expect(await within(50, waiting)).toBe('waits')
  rhythm.over()
  expect(await within(50, waiting)).toBe('over')
})

test('neither a late record nor a long answer is waited for beyond a second, nor a stop', async () => {
  const { rhythm, at } = rhythmAt()
  rhythm.goes()
  at(990)
  // Ten milliseconds of the second are left.
  expect(await within(5000, rhythm.untilQuiet(never))).toBe('over')
  rhythm.over()
  at(60_995)
  expect(await within(5000, rhythm.untilQuiet(never))).toBe('over')
  at(60_000)
  const stopping = new AbortController()
  const waiting = rhythm.untilQuiet(stopping.signal)
  stopping.abort()
  expect(await within(500, waiting)).toBe('over')
})
