import { describe, expect, test } from 'vitest'
import {
  type SchedulingCalls,
  ThreadScheduling,
} from '../../../../agent/engine/linux/scheduling.ts'

/** A kernel that grants what it is told to, and a thread that uses `share` of its core. */
function host(grants: { readonly fifo: boolean; readonly nice: boolean }) {
  const policies: number[] = []
  let usedNs = 0
  let nowNs = 0
  const calls: SchedulingCalls = {
    prctl: () => 0,
    schedSetscheduler: (_pid, policy) => {
      policies.push(policy & 0xff)
      return (policy & 0xff) === 0 || grants.fifo ? 0 : -1
    },
    setpriority: () => (grants.nice ? 0 : -1),
    getpriority: () => 0,
    addressOf: () => 0,
  }
  const thread = new ThreadScheduling(calls, () => usedNs)
  const run = (seconds: number, share: number): void => {
    for (let i = 0; i < seconds * 50; i++) {
      nowNs += 20e6
      usedNs += 20e6 * share
      thread.watch(nowNs)
    }
  }
  return { thread, run, policies }
}

describe('how the engine’s thread is scheduled', () => {
  test.each([
    [true, true, 'fifo'],
    [false, true, 'nice'],
    [false, false, 'normal'],
  ] as const)('granted real time %s and nice %s, it runs as %s', (fifo, nice, expected) => {
    const { thread } = host({ fifo, nice })
    expect(thread.raise()).toBe(expected)
    expect(thread.current).toBe(expected)
  })

  test('it leaves real time when it uses more than 60 % of a core, says so once, and stays out', () => {
    const { thread, run, policies } = host({ fifo: true, nice: true })
    thread.raise()
    run(10, 0.55)
    expect(thread.current).toBe('fifo')
    run(3, 0.7)
    expect(thread.current).toBe('nice')
    expect(policies).toEqual([1, 0])
    expect(thread.takeLeftRealTime()).toBe(true)
    run(10, 0.1)
    expect(thread.takeLeftRealTime()).toBe(false)
    expect(thread.current).toBe('nice')
  })

  test('a short burst, as while code is compiled, is no reason to leave', () => {
    const { thread, run } = host({ fifo: true, nice: true })
    thread.raise()
    run(1, 0.8)
    run(10, 0.3)
    expect(thread.current).toBe('fifo')
  })

  test('a loop that takes the whole core leaves within a second', () => {
    const { thread, run } = host({ fifo: true, nice: false })
    thread.raise()
    run(0.1, 0.1)
    run(1, 1)
    expect(thread.current).toBe('normal')
  })
})
