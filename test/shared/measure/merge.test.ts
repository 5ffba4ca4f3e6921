import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { mergeStreamObservations } from '../../../shared/measure/merge.ts'
import {
  type StreamObservation,
  StreamObservationSchema,
} from '../../../shared/record/observation.ts'
import { observation } from './observations.ts'
import { seeded } from './simulation.ts'

const steady = { out: () => 40, back: () => 30 }
const silent = { out: () => 40, back: () => null }

function weather(seed: number, minute: number): StreamObservation {
  const draw = seeded(seed)
  const rate = draw() * 0.2
  const wild = () => (draw() < rate ? null : 20 + draw() * 200)
  const plan = Array.from({ length: 300 }, () => [wild(), wild()] as const)
  return observation({ out: (i) => plan[i]![0], back: (i) => plan[i]![1] }, minute)
}

/** Everything that must be exactly the same however windows are grouped. */
function counts(of: StreamObservation) {
  const leg = ({ loss, delay, jitter, tos, ttl }: StreamObservation['legs']['out']) => ({
    loss,
    tos,
    ttl,
    delay: delay && [delay.n, delay.mayReachLimit, delay.mustReachLimit, delay.atMost.histogram],
    jitter: jitter && [jitter.n, jitter.reachesLimit, jitter.final, jitter.running.histogram],
  })
  return {
    out: leg(of.legs.out),
    back: leg(of.legs.back),
    rtt: of.rtt && [of.rtt.n, of.rtt.min, of.rtt.max, of.rtt.histogram],
    reaches: [of.rttReachesLimit, of.rttReachesTwiceLimit],
    instrument: of.instrument,
    clocks: of.clocks,
    attribution: of.attribution,
    gaps: of.gaps,
    borders: [of.from, of.to],
  }
}

const merge = (...list: StreamObservation[]) => mergeStreamObservations(list)!

describe('merging windows', () => {
  it('gives nothing of nothing, and one as it is', () => {
    expect(mergeStreamObservations([])).toBeNull()
    const one = observation(steady)
    expect(merge(one)).toEqual(one)
  })

  it('does not depend on order or grouping', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (x, y, z) => {
        const [a, b, c] = [weather(x, 0), weather(y, 1), weather(z, 2)]
        const all = counts(merge(a, b, c))
        expect(counts(merge(c, a, b))).toEqual(all)
        expect(counts(merge(merge(a, b), c))).toEqual(all)
        expect(counts(merge(a, merge(c, b)))).toEqual(all)
      }),
      { numRuns: 15 },
    )
  })

  it('adds to the counts of the same packets measured as one window', () => {
    const draw = seeded(5)
    const plan = Array.from({ length: 600 }, () => [
      draw() < 0.05 ? null : 40 + draw(),
      draw() < 0.05 ? null : 30 + draw(),
    ])
    const from = (first: number, count: number) =>
      observation({
        count,
        out: (i) => plan[first + i]![0]!,
        back: (i) => plan[first + i]![1]!,
        startMs: first * 20,
        firstSequence: first,
      })
    const whole = from(0, 600)
    const merged = merge(from(0, 300), from(300, 300))
    for (const leg of ['out', 'back'] as const) {
      const { bursts, ...loss } = whole.legs[leg].loss
      expect(merged.legs[leg].loss).toMatchObject(loss)
      expect(bursts).not.toBeNull()
      expect(merged.legs[leg].tos).toEqual(whole.legs[leg].tos)
    }
    expect(merged.rtt?.n).toBe(whole.rtt?.n)
    expect(merged.rtt?.histogram).toEqual(whole.rtt?.histogram)
    expect(merged.rttReachesLimit).toBe(whole.rttReachesLimit)
  })

  it('keeps absence absent, and never makes a zero of it', () => {
    const none = merge(observation(silent, 0), observation(silent, 1))
    expect(none.rtt).toBeNull()
    expect(none.clocks.offset).toBeNull()
    for (const leg of [none.legs.out, none.legs.back])
      expect(leg).toMatchObject({ delay: null, jitter: null, quality: null })
    const half = merge(observation(silent, 0), observation(steady, 1))
    expect(half.rtt).toEqual(observation(steady, 1).rtt)
    expect(half.legs.out.delay?.n).toBe(300)
    expect(half.legs.out.loss.expected).toBe(600)
  })

  it.each(['receiveOverflows', 'hostDrops', 'reflectorOverflows'] as const)(
    'calls %s unknown unless every window looked, and known drops known',
    (field) => {
      const drops = (...values: (number | null)[]) =>
        merge(
          ...values.map((value, minute) => {
            const one = observation(steady, minute)
            return { ...one, instrument: { ...one.instrument, [field]: value } }
          }),
        ).instrument[field]
      const told = [drops(0, 0), drops(null, 0), drops(null, 3), drops(2, 3), drops(null, null)]
      expect(told).toEqual([0, null, 3, 5, null])
    },
  )

  it('can only do what every window could', () => {
    const one = observation(steady, 0)
    const poor = {
      ...observation(steady, 1),
      instrument: {
        ...one.instrument,
        capabilities: {
          ...one.instrument.capabilities,
          engine: 'dgram',
          seeTos: false,
          receiveStamp: 'user',
          scheduling: 'nice',
        },
        lateness: { p50Ms: 0.5, p99Ms: 0.05, maxMs: 7 },
      },
    } as const
    const { instrument } = merge(one, poor)
    expect(instrument.capabilities).toMatchObject({
      engine: 'dgram',
      setTos: true,
      seeTos: false,
      receiveStamp: 'user',
      transmitStamp: 'kernel',
      scheduling: 'nice',
    })
    expect(instrument.lateness).toEqual({ p50Ms: 0.5, p99Ms: 0.1, maxMs: 7 })
    expect(instrument.sent).toBe(600)
  })

  it('trusts clocks, marks and attribution no further than their worst window', () => {
    const one = observation(steady, 0)
    const other = observation(steady, 1, { attribution: 'replies' })
    const worse: StreamObservation = {
      ...other,
      clocks: {
        agent: { synchronised: true, maxErrorMs: null, source: 'adjtimex', steps: 2 },
        reflector: null,
        offset: { lowMs: -9, highMs: 3, method: 'minima' },
        fault: 'step',
      },
      legs: { ...other.legs, back: { ...other.legs.back, egress: { tos: 0, proof: 'none' } } },
    }
    const found = merge(one, worse)
    expect(found.clocks).toEqual({
      agent: { synchronised: true, maxErrorMs: null, source: 'adjtimex', steps: 2 },
      reflector: null,
      offset: { lowMs: -9, highMs: 4, method: 'minima' },
      fault: 'step',
    })
    expect(found.legs.back.egress).toEqual({ tos: null, proof: 'none' })
    expect(found.legs.out.egress).toEqual({ tos: 0xb8, proof: 'watched' })
    expect(found.attribution).toBe('replies')
  })

  it('spans from the first to the last, and is what the schema accepts', () => {
    const found = merge(weather(1, 4), weather(2, 2), weather(3, 9))
    expect([found.from, found.to]).toEqual([120_000, 600_000])
    expect(v.safeParse(StreamObservationSchema, found).issues ?? []).toEqual([])
  })

  it('joins touching gaps of one cause, and keeps within 64 without hiding any', () => {
    const gap = (from: number, to: number, cause: 'refused' | 'no-session' = 'refused') => ({
      from,
      to,
      cause,
    })
    const a = observation(steady, 0, { gaps: [gap(0, 10), gap(20, 30, 'no-session')] })
    const b = observation(steady, 1, { gaps: [gap(10, 15), gap(30, 40)] })
    expect(merge(a, b).gaps).toEqual([gap(0, 15), gap(20, 30, 'no-session'), gap(30, 40)])
    const many = [0, 1].map((minute) =>
      observation(steady, minute, {
        gaps: Array.from({ length: 64 }, (_, i) =>
          gap(minute * 1e4 + i * 100, minute * 1e4 + i * 100 + 5),
        ),
      }),
    )
    const { gaps } = merge(...many)
    expect(gaps).toHaveLength(64)
    for (const { from, to } of many.flatMap((one) => one.gaps))
      expect(gaps.some((g) => g.from <= from && g.to >= to)).toBe(true)
  })

  it('does not add counts against different limits', () => {
    const one = observation(steady, 0)
    const other = observation(steady, 1)
    const strict: StreamObservation = {
      ...other,
      legs: {
        ...other.legs,
        out: { ...other.legs.out, delay: { ...other.legs.out.delay!, limitMs: 100 } },
      },
    }
    expect(merge(one, strict).legs.out.delay).toBeNull()
    expect(merge(one, strict).legs.back.delay).not.toBeNull()
  })

  it('refuses to mix far ends', () => {
    const other = observation(steady, 1, { farEnd: 'secondary' })
    expect(() => merge(observation(steady, 0), other)).toThrow(RangeError)
  })
})
