import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  jitterOf,
  runningJitter,
  transitsBack,
  transitsOut,
} from '../../../shared/measure/jitter.ts'
import { type Road, travel } from './simulation.ts'

type Transits = (i: number) => number
const steady: Transits = () => 30
/** Every second packet 10 ms later. */
const alternating: Transits = (i) => (i % 2 === 1 ? 40 : 30)
/** One packet 250 ms late, and so the last: those after it are not yet sent. */
const oneLate: Transits = (i) => (i === 50 ? 280 : 30)

/** Both legs through whole rows; each leg gets the same transit times. */
function legs(transit: Transits, count: number, more: Partial<Road> = {}) {
  const { rows } = travel({ count, out: transit, back: steady, ...more })
  const mirrored = travel({ count, out: steady, back: transit, ...more }).rows
  return [runningJitter(transitsOut(rows)), runningJitter(transitsBack(mirrored))] as const
}

describe('jitter, RFC 3550 appendix A.8', () => {
  it('follows vector A: alternating 10 ms converges on 10 ms', () => {
    const expected = {
      1: '0.625000',
      2: '1.210938',
      16: '6.439259',
      48: '9.548538',
      99: '9.983206',
    }
    for (const running of legs(alternating, 100))
      for (const [n, ms] of Object.entries(expected))
        expect((running[Number(n) - 1]! / 1e6).toFixed(6)).toBe(ms)
  })

  it('follows vector B: one packet 250 ms late, in its sequence, peaks at 30.273 ms', () => {
    const transits = Float64Array.from({ length: 100 }, (_, i) => oneLate(i) * 1e6)
    const running = runningJitter(transits)
    expect(running[49]! / 1e6).toBeCloseTo(15.625, 6)
    expect(Math.max(...running) / 1e6).toBeCloseTo(30.273, 3)
  })

  it('follows vector B through whole rows, where the silence after it hides the overtaking', () => {
    for (const running of legs(oneLate, 200, { notSent: (i) => i > 50 && i < 64 })) {
      expect(running[49]! / 1e6).toBeCloseTo(15.625, 6)
      expect(Math.max(...running) / 1e6).toBeCloseTo(30.273, 3)
    }
  })

  it('follows vector C: two swapped packets of a perfect stream peak at 4.692 ms', () => {
    // Packet 50 arrives when 51 should, and 51 when 50 should.
    const swap: Transits = (i) => (i === 50 ? 50 : i === 51 ? 10 : 30)
    for (const running of legs(swap, 100)) expect(Math.max(...running) / 1e6).toBeCloseTo(4.692, 3)
  })

  it('does not see a constant offset of clocks, nor the pacing error of the sender', () => {
    const pacing: Partial<Road> = {
      thetaMs: () => -7000,
      sentOffMs: (i) => (i % 3) * 2,
    }
    for (const running of legs(steady, 60, pacing)) expect(Math.max(...running)).toBe(0)
  })

  it('takes the way back from the departure of the reflector, so that dwell is no jitter', () => {
    const { rows } = travel({ count: 50, out: steady, back: steady })
    rows.dwellNs.forEach((_, i) => {
      rows.dwellNs[i] = (i % 5) * 1e6
      rows.returnedNs[i] = rows.reachedNs[i]! + rows.dwellNs[i]! + 30e6
    })
    expect(Math.max(...runningJitter(transitsBack(rows)))).toBe(0)
  })

  it('never exceeds the largest difference, and starts from zero', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 2 }), (values) => {
        const differences = values.slice(1).map((value, i) => Math.abs(value - values[i]!))
        const running = runningJitter(Float64Array.from(values))
        expect(running[0]).toBe(differences[0]! / 16)
        expect(Math.max(...running)).toBeLessThanOrEqual(Math.max(...differences))
      }),
    )
  })

  it('skips packets whose dwell is not known', () => {
    const { rows } = travel({ count: 10, out: steady, back: steady })
    rows.dwellNs[4] = Number.NaN
    expect(transitsBack(rows)).toHaveLength(9)
    expect(transitsOut(rows)).toHaveLength(10)
  })

  it('pools streams without pairing them, counts against the limit, and is null without a pair', () => {
    const a = runningJitter(Float64Array.from([0, 16e6, 16e6]))
    const b = runningJitter(Float64Array.from([500e6, 500e6]))
    expect(jitterOf([a, b], 1)).toMatchObject({
      n: 3,
      final: 0.9375,
      reachesLimit: 1,
      running: { max: 1 },
    })
    expect(jitterOf([runningJitter(Float64Array.from([5e6]))], 30)).toBeNull()
    expect(jitterOf([], 30)).toBeNull()
  })
})
