import { expect, test } from 'vitest'
import { OwnLoad } from '../../../agent/run/own-load.ts'
import { START, stream } from '../../shared/verdict/scenes.ts'

const MINUTE = 60_000
const whole = [{ from: START, to: START + MINUTE, cause: 'own-load' }]

test('a window that load fell into says so over its whole length; its neighbours do not', () => {
  let nowMs = START + 10_000
  const load = new OwnLoad(() => nowMs)
  const seen = stream()
  expect(load.mark(seen)).toBe(seen)
  const end = load.begin()
  nowMs = START + 20_000
  expect(load.mark(seen).gaps).toEqual(whole)
  end()
  nowMs = START + 2 * MINUTE
  end()
  expect(load.mark(seen).gaps).toEqual(whole)
  // Nothing else of what was seen is changed: the counts stay as they were measured.
  expect({ ...load.mark(seen), gaps: [] }).toEqual({ ...seen, gaps: [] })
  const next = { ...seen, from: START + MINUTE, to: START + 2 * MINUTE }
  expect(load.mark(next)).toBe(next)
})

test('looks are broken off by load, and wait until the last of it has ended', async () => {
  const load = new OwnLoad(() => START)
  const { begun } = load
  const ends = [load.begin(), load.begin()]
  expect(begun.aborted).toBe(true)
  const order: string[] = []
  const waiting = load.untilQuiet(new AbortController().signal).then(() => order.push('quiet'))
  ends[0]?.()
  await Promise.resolve()
  order.push('one ended')
  ends[1]?.()
  await waiting
  expect(order).toEqual(['one ended', 'quiet'])
  expect(load.begun.aborted).toBe(false)
})
