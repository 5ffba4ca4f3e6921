import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { measureWindow } from '../../../shared/measure/window.ts'
import { StreamObservationSchema } from '../../../shared/record/observation.ts'
import { LIMITS, observation, SYNCED, window } from './observations.ts'
import { seeded, travel } from './simulation.ts'

const EGRESS = { tos: 0xb8, proof: 'watched' } as const

describe('a measured window', () => {
  it('is what the schema of an observation accepts, measured or not', () => {
    const roads = [
      { out: () => 40, back: () => 30 },
      { out: () => 40, back: () => null },
      { out: () => 40, back: () => 30, notSent: () => true },
      { out: (i: number) => (i % 7 ? 40 : null), back: (i: number) => (i % 5 ? 200 : null) },
    ]
    for (const road of roads) {
      const found = v.safeParse(StreamObservationSchema, observation(road))
      expect(found.issues ?? []).toEqual([])
    }
  })

  it('bounds both legs around the truth with synchronised clocks', () => {
    const { legs, offset, fault } = window({
      out: () => 140,
      back: () => 40,
      thetaMs: () => 1.5,
    })
    expect(fault).toBeNull()
    expect(offset).toEqual({ lowMs: -4, highMs: 4, method: 'minima+clock' })
    expect(legs.out.delay).toMatchObject({
      atMost: { p95: 145.5 },
      atLeast: { p95: 137.5 },
      mayReachLimit: 0,
    })
    expect(legs.back.delay).toMatchObject({ atMost: { p95: 42.5 }, atLeast: { p95: 34.5 } })
  })

  it('measures nothing as null, and counts nothing as nothing', () => {
    const found = window({ out: () => 40, back: () => null }, { receipts: false })
    expect(found).toMatchObject({ rtt: null, offset: null, fault: null, attribution: 'none' })
    for (const leg of [found.legs.out, found.legs.back])
      expect(leg).toMatchObject({ jitter: null, delay: null, quality: null })
    const empty = window({ out: () => 40, back: () => 40 }, { calls: 0 })
    expect(empty).toMatchObject({ rtt: null, attribution: 'none' })
    expect(empty.legs.out.loss.expected).toBe(0)
  })

  it('bounds one offset from all calls together', () => {
    const fastOut = travel({ count: 100, out: () => 10, back: () => 90 })
    const fastBack = travel({ count: 100, out: () => 90, back: () => 10 })
    const found = measureWindow({
      streams: [fastOut, fastBack],
      limits: { ...LIMITS, driftPpm: 0 },
      agentClock: { ...SYNCED, synchronised: false },
      reflectorClock: null,
      egress: { out: EGRESS, back: EGRESS },
      codec: 'g711',
    })
    expect(found.offset).toEqual({ lowMs: -10, highMs: 10, method: 'minima' })
  })

  it('does not pair packets of different calls for jitter', () => {
    const found = measureWindow({
      streams: [
        travel({ count: 100, out: () => 10, back: () => 10 }),
        travel({ count: 100, out: () => 90, back: () => 90 }),
      ],
      limits: LIMITS,
      agentClock: SYNCED,
      reflectorClock: SYNCED,
      egress: { out: EGRESS, back: EGRESS },
      codec: 'g711',
    })
    expect(found.legs.out.jitter).toMatchObject({ n: 198, running: { max: 0 } })
  })

  it('counts marks and hops of answered packets, and those it could not see', () => {
    const { rows, receipt } = travel({
      count: 10,
      out: () => 10,
      back: (i) => (i === 9 ? null : 10),
    })
    rows.tosOut[3] = 0
    rows.tosOut[4] = -1
    rows.ttlBack.fill(-1)
    const { legs } = measureWindow({
      streams: [{ rows, receipt }],
      limits: LIMITS,
      agentClock: SYNCED,
      reflectorClock: SYNCED,
      egress: { out: EGRESS, back: { tos: null, proof: 'none' } },
      codec: 'g729',
    })
    expect(legs.out.tos).toEqual({
      seen: [
        { value: 0, packets: 1 },
        { value: 0xb8, packets: 7 },
      ],
      unseen: 1,
    })
    expect(legs.back.ttl).toEqual({ seen: [], unseen: 9 })
    expect(legs.back.egress).toEqual({ tos: null, proof: 'none' })
  })

  it('says so when a receipt contradicts the replies, and does not use it', () => {
    const { rows, receipt } = travel({ count: 100, out: () => 30, back: () => 30 })
    const found = measureWindow({
      streams: [{ rows, receipt: { ...receipt, received: 1 } }],
      limits: LIMITS,
      agentClock: SYNCED,
      reflectorClock: SYNCED,
      egress: { out: EGRESS, back: EGRESS },
      codec: 'g711',
    })
    expect(found).toMatchObject({ contradictedReceipts: 1, attribution: 'replies' })
    expect(found.legs.out.loss).toMatchObject({ received: 100, lost: 0 })
  })

  it('leaves its input as it was', () => {
    const draw = seeded(3)
    const stream = travel({
      count: 200,
      out: () => (draw() < 0.1 ? null : draw() * 90),
      back: () => draw() * 90,
    })
    const before = structuredClone(stream)
    measureWindow({
      streams: [stream],
      limits: LIMITS,
      agentClock: SYNCED,
      reflectorClock: SYNCED,
      egress: { out: EGRESS, back: EGRESS },
      codec: 'g711',
    })
    expect(stream).toEqual(before)
  })
})
