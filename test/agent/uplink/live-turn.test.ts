import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveTurn } from '../../../agent/uplink/live-turn.ts'
import { readSpreadMs, spreadSeconds } from '../../../shared/record/spread.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('goes at once until a spread is told, then at its own place in it, and at once again', () => {
  const gone: string[] = []
  let spreadMs = 0
  const turn = new LiveTurn(
    () => 0.25 * spreadMs,
    (name) => gone.push(name),
  )
  turn.offer('one')
  expect(gone).toEqual(['one'])
  spreadMs = 10_000
  turn.offer('two')
  vi.advanceTimersByTime(2499)
  expect(gone).toEqual(['one'])
  vi.advanceTimersByTime(1)
  expect(gone).toEqual(['one', 'two'])
  spreadMs = 0
  turn.offer('three')
  expect(gone).toEqual(['one', 'two', 'three'])
})

test('a newer record takes the turn of the one that waits, and none goes after the end', () => {
  const gone: string[] = []
  const turn = new LiveTurn(
    () => 5000,
    (name) => gone.push(name),
  )
  turn.offer('one')
  vi.advanceTimersByTime(4000)
  turn.offer('two')
  vi.advanceTimersByTime(1000)
  expect(gone).toEqual(['two'])
  turn.offer('three')
  turn.end()
  vi.advanceTimersByTime(60_000)
  expect(gone).toEqual(['two'])
})

test.each([
  [1, 0],
  [499, 0],
  [1000, 2],
  [9000, 18],
  [10_000, 20],
  [1_000_000, 20],
])('%i sites are spread over %i s', (sites, seconds) => {
  expect(spreadSeconds(sites)).toBe(seconds)
})

test.each([
  [undefined, 0],
  ['10', 10_000],
  ['99', 20_000],
  ['-1', 0],
  ['3600', 0],
  ['soon', 0],
  ['', 0],
])('a header %j asks for %i ms', (header, ms) => {
  expect(readSpreadMs(header)).toBe(ms)
})
