import { performance } from 'node:perf_hooks'
import { afterEach, expect, test, vi } from 'vitest'
import { DgramClock } from '../../../agent/engine/dgram/clock.ts'

const HOUR_MS = 3_600_000
const MS = 1e6

afterEach(() => vi.restoreAllMocks())

/** Both clocks, of which a reading of monotonic time takes a microsecond, or what is said. */
function fakeClocks() {
  const clocks = { monotonicMs: 1000.25, offsetMs: 1_700_000_000_000.4, pausesMs: [] as number[] }
  vi.spyOn(performance, 'now').mockImplementation(() => {
    clocks.monotonicMs += clocks.pausesMs.shift() ?? 0.001
    return clocks.monotonicMs
  })
  vi.spyOn(Date, 'now').mockImplementation(() => Math.floor(clocks.monotonicMs + clocks.offsetMs))
  return clocks
}

test.each([0.001, 30, 400])(
  'a step is one step, however long the host paused between the two clocks: %f ms',
  (pauseMs) => {
    const clocks = fakeClocks()
    const clock = new DgramClock()
    expect(clock.steps.take()).toEqual({ wallSteps: 0, wallStepNs: 0 })
    for (const by of [HOUR_MS, -HOUR_MS]) {
      clocks.offsetMs += by
      clocks.pausesMs = [0.001, pauseMs]
      for (let turn = 0; turn < 50; turn += 1) clock.refresh()
      const { wallSteps, wallStepNs } = clock.steps.take()
      expect(wallSteps).toBe(1)
      expect(Math.abs(wallStepNs - by * MS)).toBeLessThan(MS)
    }
  },
)

test('a pause without a step is none', () => {
  const clocks = fakeClocks()
  const clock = new DgramClock()
  for (let turn = 0; turn < 50; turn += 1) {
    clocks.pausesMs = [0.001, turn % 5 === 0 ? 400 : 0.001]
    clock.refresh()
  }
  expect(clock.steps.take()).toEqual({ wallSteps: 0, wallStepNs: 0 })
})
