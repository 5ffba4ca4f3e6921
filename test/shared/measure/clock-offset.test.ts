import { describe, expect, it } from 'vitest'
import { boundOffset, type ClockClaim } from '../../../shared/measure/clock-offset.ts'
import { delayEnds } from '../../../shared/measure/delay.ts'
import { roundTripNs } from '../../../shared/measure/rtt.ts'
import type { StampPairs } from '../../../shared/measure/stamp-pairs.ts'
import { seeded } from './simulation.ts'

const MS = 1e6
const silent: ClockClaim = { synchronised: false, maxErrorNs: null, steps: 0 }
const within = (ms: number): ClockClaim => ({ synchronised: true, maxErrorNs: ms * MS, steps: 0 })

/** Packets with true delays in ms, seen by clocks `thetaMs` apart. */
function pairs(out: readonly number[], back: readonly number[], thetaMs: number): StampPairs {
  return {
    sentNs: Float64Array.from(out, (_, i) => i * 20 * MS),
    outNs: Float64Array.from(out, (ms) => (ms + thetaMs) * MS),
    backNs: Float64Array.from(back, (ms) => (ms - thetaMs) * MS),
    spanNs: 30e9,
  }
}

describe('clock offset', () => {
  it('is bounded by the fastest packet of each leg, and never clamped', () => {
    const { bounds, fault } = boundOffset(pairs([40, 60], [30, 90], -500), silent, silent, 0)
    expect(fault).toBeNull()
    expect(bounds).toEqual({ lowNs: -530 * MS, highNs: -460 * MS, method: 'minima' })
  })

  it('is widened by the drift that the span allows: 3 ms for 30 s at 100 ppm', () => {
    const { bounds } = boundOffset(pairs([40], [30], 0), silent, silent, 100)
    expect(bounds).toMatchObject({ lowNs: -33 * MS, highNs: 43 * MS })
  })

  it('is narrowed by what both hosts claim, and by one claim alone not', () => {
    const seen = pairs([40], [30], 2)
    expect(boundOffset(seen, within(3), within(5), 0).bounds).toEqual({
      lowNs: -8 * MS,
      highNs: 8 * MS,
      method: 'minima+clock',
    })
    const alone = [
      [within(3), silent],
      [silent, within(5)],
      [within(3), null],
      [{ ...within(3), synchronised: false }, within(5)],
    ] as const
    for (const [agent, reflector] of alone)
      expect(boundOffset(seen, agent, reflector, 0).bounds?.method).toBe('minima')
  })

  it('is a contradiction when the claims and causality do not meet; the minima stay to be read', () => {
    const found = boundOffset(pairs([40], [30], 500), within(5), within(5), 0)
    expect(found).toEqual({
      bounds: { lowNs: 470 * MS, highNs: 540 * MS, method: 'minima' },
      fault: 'contradiction',
    })
  })

  it('is a contradiction when a still network shows it moving by more than drift', () => {
    const moving = (thetaMs: (i: number) => number) => {
      const still = pairs(Array(500).fill(160), Array(500).fill(20), 0)
      return {
        ...still,
        outNs: still.outNs.map((ns, i) => ns + thetaMs(i) * MS),
        backNs: still.backNs.map((ns, i) => ns - thetaMs(i) * MS),
      }
    }
    const slewed = moving((i) => Math.min(Math.max(i - 20, 0), 60) * -1.6)
    const none = { bounds: null, fault: 'contradiction' }
    expect(boundOffset(slewed, silent, silent, 100)).toEqual(none)
    // The window began in the middle of it.
    const late = moving((i) => Math.min(i, 10) * -1.6)
    expect(boundOffset(late, silent, silent, 100)).toEqual(none)
    // A step that the host did not count, smaller than the round trip.
    const stepped = moving((i) => (i < 250 ? 0 : 30))
    expect(boundOffset(stepped, within(100), within(100), 100)).toEqual(none)
    const drifting = moving((i) => i * 0.002)
    expect(boundOffset(drifting, silent, silent, 100).fault).toBeNull()
  })

  it('does not take heavy jitter on both legs for a moving clock', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seeded(seed)
      const leg = () => Array.from({ length: 150 + (seed % 3) * 1000 }, () => 20 + random() * 60)
      const { fault } = boundOffset(pairs(leg(), leg(), 7), silent, silent, 0)
      expect(fault).toBeNull()
    }
  })

  it('does not take queues on one leg, or on both in turn, for a moving clock', () => {
    const queue = (from: number, ms: number) =>
      Array.from({ length: 500 }, (_, i) => 20 + (i >= from && i < from + 150 ? ms : 0))
    for (const [out, back] of [
      [queue(100, 80), queue(500, 0)],
      [queue(100, 80), queue(260, 70)],
      [queue(50, 30), queue(50, 90)],
    ] as const)
      expect(boundOffset(pairs(out, back, 7), silent, silent, 100).fault).toBeNull()
  })

  it('is a contradiction when a round trip takes less than no time', () => {
    const found = boundOffset(pairs([40, -80], [30, 60], 0), silent, silent, 100)
    expect(found).toEqual({ bounds: null, fault: 'contradiction' })
  })

  it('is a contradiction when the fastest packets of each leg exclude each other', () => {
    const found = boundOffset(pairs([40, 500], [500, -60], 0), silent, silent, 100)
    expect(found).toEqual({ bounds: null, fault: 'contradiction' })
  })

  it('forgives the rounding of stamps', () => {
    const seen = { ...pairs([0.02], [-0.025], 0), spanNs: 0 }
    expect(boundOffset(seen, silent, silent, 0).fault).toBeNull()
  })

  it('is not told when a clock stepped, on either side', () => {
    const seen = pairs([40], [30], 0)
    const stepped = { ...within(5), steps: 1 }
    for (const clocks of [
      [stepped, within(5)],
      [within(5), stepped],
    ] as const)
      expect(boundOffset(seen, clocks[0], clocks[1], 0)).toEqual({ bounds: null, fault: 'step' })
  })

  it('is unknown, and no fault, without packets', () => {
    expect(boundOffset(pairs([], [], 0), within(1), within(1), 100)).toEqual({
      bounds: null,
      fault: null,
    })
  })
})

interface Session {
  readonly pairs: StampPairs
  readonly trueOut: readonly number[]
  readonly trueBack: readonly number[]
  readonly agent: ClockClaim
  readonly reflector: ClockClaim
  readonly thetaMs: number
}

const DRIFT_PPM = 100
const LIMIT = 150

/** One random session of 40 packets in 30 s; `lieMs` is how far the clocks are off beyond their claims. */
function session(draw: () => number, claimMs: number | null, lieMs: number): Session {
  const [floorOut, floorBack] = [0.1 + draw() * 120, 0.1 + draw() * 120]
  const queue = draw() * 100
  const side = draw() < 0.5 ? -1 : 1
  const claimed = claimMs ?? 500
  const theta = lieMs > 0 ? side * (claimed + lieMs) : (2 * draw() - 1) * claimed
  // A claim holds for the whole window, so what drifts away inside it must have been inside before.
  const drift =
    (2 * draw() - 1) * Math.min(DRIFT_PPM * 0.03, claimed - Math.min(Math.abs(theta), claimed))
  const trueOut: number[] = []
  const trueBack: number[] = []
  const outNs = new Float64Array(40)
  const backNs = new Float64Array(40)
  for (let i = 0; i < 40; i++) {
    trueOut.push(floorOut + queue * draw() ** 3)
    trueBack.push(floorBack + queue * draw() ** 3)
    const at = theta + (drift * i) / 39
    outNs[i] = Math.round((trueOut[i]! + at) * MS)
    backNs[i] = Math.round((trueBack[i]! - at) * MS)
  }
  const claim = claimMs === null ? silent : within(claimMs / 2)
  return {
    pairs: { sentNs: outNs.map((_, i) => i * 20 * MS), outNs, backNs, spanNs: 30e9 },
    trueOut,
    trueBack,
    agent: claim,
    reflector: claim,
    thetaMs: theta,
  }
}

function judge(s: Session) {
  const offset = boundOffset(s.pairs, s.agent, s.reflector, DRIFT_PPM)
  let decided = 0
  let wrong = 0
  for (const [leg, truth] of [
    ['out', s.trueOut],
    ['back', s.trueBack],
  ] as const) {
    const { upperNs, lowerNs } = delayEnds(s.pairs, offset, leg)
    truth.forEach((ms, i) => {
      const pass = upperNs[i]! < LIMIT * MS
      const fail = lowerNs[i]! >= LIMIT * MS
      if (pass || fail) decided++
      // Stamps are whole nanoseconds: truth within one of the limit is on neither side.
      if (pass && ms >= LIMIT + 1e-6) wrong++
      if (fail && ms < LIMIT - 1e-6) wrong++
    })
  }
  return { offset, decided, wrong }
}

describe('one-way verdicts over thousands of random sessions', () => {
  for (const claimMs of [null, 60, 20, 5])
    it(`are never wrong, clocks within ${claimMs ?? 'no stated'} ms, and never at fault`, () => {
      const draw = seeded(1 + (claimMs ?? 0))
      let decided = 0
      for (let run = 0; run < 3000; run++) {
        const found = judge(session(draw, claimMs, 0))
        expect(found.wrong).toBe(0)
        expect(found.offset.fault).toBeNull()
        decided += found.decided
      }
      expect(decided).toBeGreaterThan(0)
    })

  it('are never wrong when clocks lie by more than causality allows: every lie is found', () => {
    const draw = seeded(7)
    for (let run = 0; run < 3000; run++) {
      const found = judge(session(draw, 10, 320 + draw() * 5000))
      expect(found.offset.fault).toBe('contradiction')
      expect(found.wrong).toBe(0)
    }
  })

  it('are moved by a lie that nothing contradicts by no more than the lie', () => {
    const draw = seeded(11)
    let unseen = 0
    let beyond = 0
    for (let run = 0; run < 3000; run++) {
      const lie = draw() * 60
      const s = session(draw, 10, lie)
      const { offset } = judge(s)
      if (offset.fault !== null) continue
      unseen++
      const { upperNs, lowerNs } = delayEnds(s.pairs, offset, 'out')
      s.trueOut.forEach((ms, i) => {
        if (ms > upperNs[i]! / MS + lie + 0.001) beyond++
        if (ms < lowerNs[i]! / MS - lie - 0.001) beyond++
      })
    }
    expect(beyond).toBe(0)
    expect(unseen).toBeGreaterThan(100)
  })

  it('of the round trip stand whatever the clocks say', () => {
    const draw = seeded(13)
    let broken = 0
    for (let run = 0; run < 1000; run++) {
      const s = session(draw, 10, draw() * 5000)
      const rtt = roundTripNs(s.pairs)
      const { offset } = judge(s)
      const out = delayEnds(s.pairs, offset, 'out')
      const back = delayEnds(s.pairs, offset, 'back')
      rtt.forEach((ns, i) => {
        if (Math.abs(ns / MS - s.trueOut[i]! - s.trueBack[i]!) > 0.001) broken++
        if (out.upperNs[i]! > ns || back.upperNs[i]! > ns) broken++
        if (out.lowerNs[i]! > out.upperNs[i]!) broken++
      })
    }
    expect(broken).toBe(0)
  })
})
