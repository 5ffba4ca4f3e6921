import { describe, expect, it } from 'vitest'
import { delayEnds, delayOf } from '../../../shared/measure/delay.ts'
import { roundTrips } from '../../../shared/measure/rtt.ts'
import { stampPairs } from '../../../shared/measure/stamp-pairs.ts'
import { travel } from './simulation.ts'

const MS = 1e6
const known = (lowMs: number, highMs: number) =>
  ({
    bounds: { lowNs: lowMs * MS, highNs: highMs * MS, method: 'minima' },
    fault: null,
  }) as const

describe('one-way delay', () => {
  const { rows } = travel({
    count: 3,
    out: (i) => 100 + 20 * i,
    back: () => 30,
    thetaMs: () => 10,
    dwellMs: 1,
  })
  const pairs = stampPairs([rows])

  it('is an interval per packet: measured less either end of the offset', () => {
    const out = delayEnds(pairs, known(8, 15), 'out')
    expect([...out.upperNs]).toEqual([102, 122, 142].map((ms) => ms * MS))
    expect([...out.lowerNs]).toEqual([95, 115, 135].map((ms) => ms * MS))
    const back = delayEnds(pairs, known(8, 15), 'back')
    expect([...back.upperNs]).toEqual([35, 35, 35].map((ms) => ms * MS))
    expect([...back.lowerNs]).toEqual([28, 28, 28].map((ms) => ms * MS))
  })

  it('is never beyond the round trip nor below nothing', () => {
    const back = delayEnds(pairs, known(-500, 500), 'back')
    expect([...back.upperNs]).toEqual([130, 150, 170].map((ms) => ms * MS))
    expect([...back.lowerNs]).toEqual([0, 0, 0])
  })

  it('counts the limit itself as reached, by the upper and by the lower end', () => {
    expect(delayOf(pairs, known(10, 10), 'out', 120)).toMatchObject({
      n: 3,
      limitMs: 120,
      mayReachLimit: 2,
      mustReachLimit: 2,
    })
    expect(delayOf(pairs, known(9.5, 10.5), 'out', 120)).toMatchObject({
      mayReachLimit: 2,
      mustReachLimit: 1,
    })
  })

  it('needs no clock for what is above the fastest packet', () => {
    const found = delayOf(pairs, known(-400, 400), 'out', 150)
    expect(found?.aboveMinimum).toMatchObject({ min: 0, p50: 20, max: 40 })
  })

  for (const fault of ['step', 'contradiction'] as const)
    it(`keeps only the facts of the round trip after a ${fault}`, () => {
      const offset = { bounds: fault === 'step' ? null : known(8, 15).bounds, fault }
      for (const leg of ['out', 'back'] as const)
        expect(delayOf(pairs, offset, leg, 150)).toMatchObject({
          atMost: { min: 130, max: 170 },
          atLeast: { min: 0, max: 0 },
          aboveMinimum: { min: 0, max: 40 },
          mayReachLimit: 2,
          mustReachLimit: 0,
        })
    })

  it('is null without a packet of four stamps', () => {
    const lost = travel({ count: 5, out: () => 30, back: () => null }).rows
    expect(delayOf(stampPairs([lost]), known(0, 0), 'out', 150)).toBeNull()
    const noDwell = travel({ count: 5, out: () => 30, back: () => 30 }).rows
    noDwell.dwellNs.fill(Number.NaN)
    expect(delayOf(stampPairs([noDwell]), known(0, 0), 'out', 150)).toBeNull()
  })
})

describe('round trip', () => {
  it('leaves out the time inside the reflector, and counts the limit and twice the limit', () => {
    const { rows } = travel({
      count: 4,
      out: (i) => [50, 100, 150, 200][i]!,
      back: (i) => [50, 50, 149, 100][i]!,
      dwellMs: 40,
      thetaMs: () => 12345,
    })
    expect(roundTrips(stampPairs([rows]), 150)).toMatchObject({
      rtt: { n: 4, min: 100, max: 300 },
      rttReachesLimit: 3,
      rttReachesTwiceLimit: 1,
    })
  })

  it('is null, and reaches nothing, without replies', () => {
    expect(roundTrips(stampPairs([]), 150)).toEqual({
      rtt: null,
      rttReachesLimit: 0,
      rttReachesTwiceLimit: 0,
    })
  })

  it('pools streams that count from different days', () => {
    const a = travel({ count: 2, out: () => 30, back: () => 30 }).rows
    const b = { ...a, baseSeconds: a.baseSeconds + 1 }
    expect(stampPairs([a, b]).spanNs).toBe(1e9 + stampPairs([a]).spanNs)
    expect(stampPairs([a, b]).outNs).toHaveLength(4)
  })
})
