import { expect, onTestFinished, test, vi } from 'vitest'
import { FarEndWatch } from '../../../agent/run/far-end-watch.ts'
import type { StreamEvent } from '../../../agent/stream/types.ts'

type State = Extract<StreamEvent, { readonly type: 'state' }>['state']

function watch() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const told: (readonly [number | null, string])[] = []
  const one = new FarEndWatch(() => Date.now())
  one.onChange(() => {
    const { heard, silent } = one.now()
    told.push([heard, silent.map(({ farEnd, seconds }) => `${farEnd} ${seconds}`).join()])
  })
  const note = (farEnd: 'primary' | 'secondary', state: State) =>
    one.note({ type: 'state', farEnd, state, detail: '' })
  return { one, told, note }
}

test('a far end is told of once it was silent for ten seconds, and at once when it answers again', () => {
  const { one, told, note } = watch()
  expect(one.now()).toEqual({ silent: [], heard: null })
  note('primary', 'open')
  note('secondary', 'open')
  expect(one.now()).toEqual({ silent: [], heard: 2 })
  note('primary', 'silent')
  vi.advanceTimersByTime(5000)
  note('secondary', 'silent')
  // Asking again is no answer.
  note('primary', 'opening')
  vi.advanceTimersByTime(30_000)
  expect(told).toEqual([
    [1, 'primary 10'],
    [0, 'primary 15,secondary 10'],
  ])
  note('primary', 'open')
  note('secondary', 'refused')
  expect(told.slice(2)).toEqual([
    [1, 'secondary 30'],
    [2, ''],
  ])
})

test('a timer that is early by the clock tells none the less: nothing would tell it again', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  // Node's timers run in whole milliseconds, the clock does not.
  let begun = true
  const one = new FarEndWatch(() => (begun ? 0.9 : Date.now() - startMs))
  const startMs = Date.now()
  const told: (number | null)[] = []
  one.onChange(() => told.push(one.now().heard))
  one.note({ type: 'state', farEnd: 'primary', state: 'silent', detail: '' })
  begun = false
  vi.advanceTimersByTime(20_000)
  expect(told).toEqual([0])
})

test('a break of a few seconds is not told, nor is one of streams that have ended', () => {
  const { one, told, note } = watch()
  note('primary', 'opening')
  vi.advanceTimersByTime(9000)
  note('primary', 'open')
  note('primary', 'silent')
  vi.advanceTimersByTime(9000)
  one.forget()
  vi.advanceTimersByTime(60_000)
  expect(told).toEqual([])
  expect(one.now()).toEqual({ silent: [], heard: null })
})
