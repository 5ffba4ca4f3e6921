import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StampOffsets } from '../../../agent/engine/stamp-offset.ts'

const MS = 1e6
const OLD = 5000 * MS

/** Clocks of a host whose wall steps once; they are looked at when a test says so. */
class SteppingClocks {
  nowMs = 9000
  readonly #stepAtMs: number
  readonly #stepMs: number
  #lookedNs = OLD

  constructor(stepMs = 0, stepAtMs = 9000) {
    this.#stepMs = stepMs
    this.#stepAtMs = stepAtMs
  }

  /** Wall minus monotonic at a monotonic instant. */
  trueOffset(atMs: number): number {
    return OLD + (atMs >= this.#stepAtMs ? this.#stepMs * MS : 0)
  }
  /** A stamp of the kernel, made then. */
  stamp(atMs: number): number {
    return atMs * MS + this.trueOffset(atMs)
  }
  look(atMs: number): void {
    this.nowMs = atMs
    this.#lookedNs = this.trueOffset(atMs)
  }
  wallOffsetNs(): number {
    return this.#lookedNs
  }
  monotonicNs(): number {
    return this.nowMs * MS
  }
  wallNs(): number {
    return this.nowMs * MS + this.trueOffset(this.nowMs)
  }
}

/** An agent that was asked about a stamp at 8.99 s, and reads the next one now. */
function asked(clocks: SteppingClocks): StampOffsets {
  const nowMs = clocks.nowMs
  clocks.look(8990)
  const offsets = new StampOffsets(clocks)
  offsets.ofArrival(clocks.stamp(8989.9), 8990 * MS)
  clocks.nowMs = nowMs
  return offsets
}

describe('the offset of the wall clock when an arrival was stamped', () => {
  test.each([3, 900])('is that of the last look while nothing steps, %i ms later', (agoMs) => {
    const clocks = new SteppingClocks()
    const offset = new StampOffsets(clocks).ofArrival(clocks.stamp(9000 - agoMs), 9000 * MS)
    expect(offset).toBe(OLD)
  })

  test.each([400, -400, 3_600_000])('is read anew after a step of %i ms', (stepMs) => {
    const clocks = new SteppingClocks(stepMs, 8995)
    const offsets = asked(clocks)
    expect(offsets.ofArrival(clocks.stamp(8997), 9000 * MS)).toBe(OLD + stepMs * MS)
  })

  test.each([400, -400, 3_600_000])(
    'is the one before a step of %i ms for a stamp from before, read after the look that found it',
    (stepMs) => {
      const clocks = new SteppingClocks(stepMs, 8995)
      const offsets = asked(clocks)
      clocks.look(8999)
      expect(offsets.ofArrival(clocks.stamp(8994), 9000 * MS)).toBe(OLD)
      expect(offsets.ofArrival(clocks.stamp(8999.5), 9000 * MS)).toBe(OLD + stepMs * MS)
    },
  )

  test('is unknowable where a stamp fits both sides of a small step', () => {
    const clocks = new SteppingClocks(-6, 8995)
    const offsets = asked(clocks)
    clocks.look(8999)
    expect(offsets.ofArrival(clocks.stamp(8999.5), 9000 * MS)).toBeNaN()
    expect(offsets.ofArrival(clocks.stamp(9005.5), 9006 * MS)).toBe(OLD - 6 * MS)
  })

  test('is unknowable for what waited long while the clock stepped', () => {
    const clocks = new SteppingClocks(400, 8999)
    const offset = new StampOffsets(clocks).ofArrival(clocks.stamp(8100), 9000 * MS)
    expect(offset).toBeNaN()
  })
})

/** Milliseconds in whole microseconds. */
const some = (min: number, max: number) =>
  fc.integer({ min: min * 1000, max: max * 1000 }).map((us) => us / 1000)

test('wherever a step lies between stamps, looks and readings, nothing comes out wrong by it', () => {
  const turns = fc.array(fc.tuple(some(0.2, 20), some(0, 1), some(0, 1)), {
    minLength: 10,
    maxLength: 20,
  })
  const steps = fc.oneof(some(30, 5000), some(-5000, -30))
  fc.assert(
    fc.property(turns, steps, some(9000, 9200), (all, stepMs, stepAtMs) => {
      const clocks = new SteppingClocks(stepMs, stepAtMs)
      const offsets = new StampOffsets(clocks)
      let stampMs = 8999
      for (const [turnMs, share, part] of all) {
        // read first, then the clocks are looked at, and what was sent is read at the end of the turn
        clocks.nowMs += turnMs
        const arrived = offsets.ofArrival(clocks.stamp(stampMs), clocks.nowMs * MS)
        if (!Number.isNaN(arrived)) expect(arrived).toBeCloseTo(clocks.trueOffset(stampMs), -2)
        stampMs = clocks.nowMs - share * turnMs
        clocks.look(clocks.nowMs + part)
        const sentMs = clocks.nowMs + part
        clocks.nowMs = sentMs + share
        const departed = offsets.ofDeparture(clocks.stamp(sentMs), (sentMs - part) * MS)
        expect(departed).toBeCloseTo(clocks.trueOffset(sentMs), -2)
      }
    }),
    { numRuns: 500 },
  )
})

test.each([6, -6, 400, -400])(
  'what left before or after a step of %i ms is of the side on which it left soonest after it was due',
  (stepMs) => {
    for (const sentMs of [8994.9, 8995.1]) {
      const clocks = new SteppingClocks(stepMs, 8995)
      const offsets = asked(clocks)
      clocks.look(8995.5)
      expect(offsets.ofDeparture(clocks.stamp(sentMs), 8994.8 * MS)).toBe(clocks.trueOffset(sentMs))
    }
  },
)

test('the time between an arrival and a departure is free of a step between them', () => {
  for (const stepMs of [6, -6, 60, 400, -400]) {
    const clocks = new SteppingClocks(stepMs, 8995)
    const offsets = asked(clocks)
    clocks.nowMs = 8995.05
    const arrived = offsets.ofArrival(clocks.stamp(8994.9), clocks.nowMs * MS)
    for (const leftMs of [8995.1, 8995.3]) {
      clocks.nowMs = leftMs + 0.1
      const dwell = offsets.elapsed(clocks.stamp(8994.9), arrived, clocks.stamp(leftMs))
      expect(dwell).toBeCloseTo((leftMs - 8994.9) * MS, -2)
      clocks.look(8995.2)
    }
  }
  expect(new StampOffsets(new SteppingClocks()).elapsed(0, Number.NaN, 1)).toBeNaN()
})
