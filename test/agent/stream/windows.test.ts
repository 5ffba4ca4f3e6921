import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowsOnBuffer, trimRows } from '../../../agent/stream/rows-buffer.ts'
import { FRAME_NS, GRID_NS, Schedule } from '../../../agent/stream/schedule.ts'
import { type OpenWindow, unstepped, Windows } from '../../../agent/stream/windows.ts'
import { WINDOW_NS } from '../../../shared/clock.ts'
import { emptyRows } from '../../../shared/measure/rows.ts'

const SECOND = 1e9

/** Walks the schedule packet by packet, as the sender does, and returns every window it opens. */
function walk(
  windows: Windows,
  schedule: Schedule,
  frames: number,
  offsetAt: (sequence: number) => number,
): OpenWindow[] {
  const seen = new Set<OpenWindow>()
  for (let sequence = 0; sequence < frames; sequence++)
    for (let call = 0; call < schedule.calls; call++)
      seen.add(windows.at(call, sequence, offsetAt(sequence)))
  return [...seen]
}

describe('schedule', () => {
  test('calls stand evenly in the frame, on the grid, and never move', () => {
    const schedule = new Schedule(1000, 4)
    expect([0, 1, 2, 3].map((call) => schedule.dueNs(call, 0) - 1000)).toEqual([0, 5e6, 10e6, 15e6])
    expect(schedule.dueNs(3, 1_000_000)).toBe(1000 + 1_000_000 * FRAME_NS + 15e6)
    for (const calls of [1, 7, 80, 2000])
      for (let call = 0; call < calls; call++)
        expect((new Schedule(0, calls).dueNs(call, 0) / GRID_NS) % 1).toBe(0)
  })

  test('the first packet at an instant is due then or later, and the one before it is not', () => {
    const instants = fc.integer({ min: 0, max: 1e13 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 49 }), instants, (call, at) => {
        const schedule = new Schedule(0, 50)
        const first = schedule.firstAt(call, at)
        expect(schedule.dueNs(call, first)).toBeGreaterThanOrEqual(at)
        if (first > 0) expect(schedule.dueNs(call, first - 1)).toBeLessThan(at)
      }),
    )
  })
})

describe('windows', () => {
  test('a packet belongs to the minute in which it was due', () => {
    // Begins 50 ms before a minute: calls at +0 and +10 ms have packets at -50, -30, -10 and -40, -20, 0.
    const schedule = new Schedule(10 * SECOND, 2)
    const offsetNs = 7 * WINDOW_NS - 50e6 - 10 * SECOND
    const windows = new Windows({ baseSeconds: 0, schedule })
    const [first, second, third] = walk(windows, schedule, 3005, () => offsetNs)
    expect([first?.fromNs, first?.toNs]).toEqual([6 * WINDOW_NS, 7 * WINDOW_NS])
    expect([[...(first?.first ?? [])], [...(first?.end ?? [])]]).toEqual([
      [0, 0],
      [3, 2],
    ])
    expect(second?.rows.map((rows) => rows.count)).toEqual([3000, 3000])
    expect(third?.fromNs).toBe(8 * WINDOW_NS)
  })

  test('no sequence is in two windows or in none, however the wall clock steps', () => {
    const steps = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 9000 }),
        by: fc.integer({ min: -9e10, max: 9e10 }),
      }),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 6e10 }), (jumps, phase) => {
        const schedule = new Schedule(0, 3)
        const windows = new Windows({ baseSeconds: 0, schedule })
        const offset = (sequence: number) =>
          jumps.reduce((sum, { at, by }) => (sequence >= at ? sum + by : sum), phase + 1e15)
        const all = walk(windows, schedule, 9000, offset)
        for (let call = 0; call < 3; call++) {
          expect(all[0]?.first[call]).toBe(0)
          for (let i = 1; i < all.length; i++)
            expect(all[i]?.first[call]).toBe(all[i - 1]?.end[call])
        }
      }),
      { numRuns: 30 },
    )
  })

  test('a clock set back inside a minute does not give that minute twice', () => {
    const schedule = new Schedule(0, 1)
    const windows = new Windows({ baseSeconds: 0, schedule })
    const back = (sequence: number) => 10 * WINDOW_NS - (sequence >= 1500 ? 20 * SECOND : 0)
    const all = walk(windows, schedule, 5000, back)
    expect(all.map((window) => window.fromNs / WINDOW_NS)).toEqual([10, 11])
  })

  test('a late packet still finds its window, until that is closed', () => {
    const schedule = new Schedule(0, 1)
    const windows = new Windows({ baseSeconds: 0, schedule })
    const [first] = walk(windows, schedule, 3100, () => 0)
    expect(windows.find(0, 2999)).toBe(first)
    if (first !== undefined) windows.remove(first)
    expect(windows.find(0, 2999)).toBeUndefined()
    expect(windows.find(0, 3000)?.fromNs).toBe(WINDOW_NS)
  })

  test('a run is one window of exactly its packets', () => {
    const schedule = new Schedule(5, 7)
    const windows = new Windows({ baseSeconds: 0, schedule, runCount: 250 })
    const all = walk(windows, schedule, 250, () => 59 * SECOND)
    expect(all.length).toBe(1)
    expect(all[0]?.rows.map((rows) => rows.count)).toEqual(new Array(7).fill(250))
    expect((all[0]?.toNs ?? 0) - (all[0]?.fromNs ?? 0)).toBe(5 * SECOND)
  })

  test('a host that slept for minutes leaves them out and goes on in the right one', () => {
    const schedule = new Schedule(0, 2)
    const windows = new Windows({ baseSeconds: 0, schedule })
    walk(windows, schedule, 100, () => 0)
    const woken = windows.at(0, 10 * 3000 + 500, 0)
    expect([woken.fromNs, woken.first[0], woken.end[0]]).toEqual([10 * WINDOW_NS, 30_000, 33_000])
  })

  test('stopping cuts each call where it was', () => {
    const schedule = new Schedule(0, 3)
    const windows = new Windows({ baseSeconds: 0, schedule })
    walk(windows, schedule, 100, () => 0)
    windows.cut(1, 100)
    expect([...(windows.open[0]?.end ?? [])]).toEqual([101, 100, 100])
  })

  test('steps of the wall clock are taken out of stamps, reading noise is left alone', () => {
    const schedule = new Schedule(0, 1)
    const window = new Windows({ baseSeconds: 0, schedule }).at(0, 0, 5000)
    expect(unstepped(window, 2e9 + 3e8, 5000 + 3e8)).toBe(2e9)
    expect(unstepped(window, 2e9, 5020)).toBe(2e9)
  })
})

describe('rows on one buffer', () => {
  test('are empty rows, for odd counts too', () => {
    for (const count of [0, 1, 7, 3000])
      expect(rowsOnBuffer(86_400, 12, count)).toEqual(emptyRows(86_400, 12, count))
  })

  test('cut short they keep what they held', () => {
    const rows = rowsOnBuffer(0, 5, 9)
    rows.sentNs[3] = 42
    rows.duplicatesOut[2] = 3
    const short = trimRows(rows, 4)
    expect([short.count, short.sentNs[3], short.duplicatesOut[2]]).toEqual([4, 42, 3])
    expect(short.ttlBack.length).toBe(4)
  })
})
