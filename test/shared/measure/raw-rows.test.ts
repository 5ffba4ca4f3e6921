import { expect, test } from 'vitest'
import { arrivalsOf } from '../../../shared/measure/arrival-figures.ts'
import { AGENT_ROW, encodeAgentRows, encodeArrivalRows } from '../../../shared/measure/raw-rows.ts'
import { packRawRows, unpackRawRows } from '../../../shared/measure/raw-rows-pack.ts'
import {
  decodeAgentRows,
  decodeArrivalRows,
  describeRawRows,
} from '../../../shared/measure/raw-rows-read.ts'
import type { StreamRows } from '../../../shared/measure/rows.ts'
import { sendingOf } from '../../../shared/measure/sending.ts'
import { measureWindow } from '../../../shared/measure/window.ts'
import { type Road, seeded, travel } from './simulation.ts'

const road = { count: 50, out: () => 10, back: (i: number) => (i % 7 === 0 ? null : 12) }

test('the same rows give the same octets, and one other stamp other ones', () => {
  const { rows } = travel({ ...road, firstSequence: 65_530 })
  const bytes = encodeAgentRows([rows, rows])
  expect(encodeAgentRows([rows, rows])).toEqual(bytes)
  rows.sentNs[3] = (rows.sentNs[3] ?? 0) + 1
  expect(encodeAgentRows([rows, rows])).not.toEqual(bytes)
})

test('a file tells its streams, and one octet more or less is no file', () => {
  const { rows } = travel({ ...road, firstSequence: 65_530 })
  const bytes = encodeAgentRows([rows])
  expect(bytes.length).toBe(16 + 12 + 50 * AGENT_ROW)
  expect(describeRawRows(bytes)).toEqual({
    side: 'agent',
    rowBytes: AGENT_ROW,
    streams: [{ stream: 0, firstSequence: 65_530, count: 50, at: 28 }],
  })
  expect(describeRawRows(bytes.subarray(0, -1))).toBeNull()
  expect(describeRawRows(Uint8Array.of(...bytes, 0))).toBeNull()
})

test('packing changes the order of octets only, and is undone to the octet', () => {
  const random = seeded(7)
  for (let round = 0; round < 12; round++) {
    const rows = [1, 2].map(() => travel({ ...road, ...jolted(random) }).rows)
    const bytes = encodeAgentRows(rows.slice(0, 1 + (round % 2)))
    const packed = packRawRows(bytes)
    expect(packed?.length).toBe(bytes.length)
    expect(unpackRawRows(packed ?? bytes)).toEqual(bytes)
  }
  expect(packRawRows(new Uint8Array(200))).toBeNull()
  expect(unpackRawRows(new Uint8Array(3))).toBeNull()
})

test('what is measured from the octets is what was measured from the packets', () => {
  const random = seeded(11)
  for (let round = 0; round < 4; round++) {
    const { rows, receipt } = travel({ ...road, count: 700, ...jolted(random) })
    const bytes = encodeAgentRows([rows])
    const [decoded] = decodeAgentRows(bytes) ?? []
    if (decoded === undefined) throw new Error('no rows')
    expect(encodeAgentRows([decoded])).toEqual(bytes)
    const measured = (one: StreamRows) =>
      JSON.stringify(measureWindow({ ...INPUT, streams: [{ rows: one, receipt }] }))
    expect(measured(decoded)).toBe(measured(rows))
    expect(sendingOf([decoded])).toEqual(sendingOf([rows]))
  }
})

test('a reflector sees its own arrivals again', () => {
  const rows = {
    ...{ baseSeconds: 1_800_000_000, stream: 3, firstSequence: 4_294_967_290, count: 4 },
    sentNs: Float64Array.of(1e9, 1.02e9, Number.NaN, 1.06e9),
    arrivedNs: Float64Array.of(1.01e9, 1.05e9, Number.NaN, 1.04e9),
    order: Float64Array.of(10, 12, -1, 11),
    tos: Int16Array.of(0xb8, -1, -1, 0),
    ttl: Int16Array.of(63, -1, -1, 62),
  }
  const bytes = encodeArrivalRows([rows])
  const [decoded] = decodeArrivalRows(bytes) ?? []
  if (decoded === undefined) throw new Error('no rows')
  expect(encodeArrivalRows([decoded])).toEqual(bytes)
  expect([decoded.order, decoded.tos, decoded.ttl]).toEqual([rows.order, rows.tos, rows.ttl])
  expect(arrivalsOf([decoded])).toEqual({ received: 3, reordered: 1 })
  expect(decodeAgentRows(bytes)).toBeNull()
})

const INPUT = {
  limits: { delayMs: 150, jitterMs: 30, lateAfterMs: 200, driftPpm: 100 },
  agentClock: { synchronised: true, maxErrorNs: 1e6, steps: 0 },
  reflectorClock: { synchronised: true, maxErrorNs: 1e6, steps: 0 },
  egress: {
    out: { tos: 184, proof: 'watched' },
    back: { tos: 184, proof: 'watched' },
  },
  codec: 'g711',
} as const

/** A road with loss, jitter, copies and packets that never left. */
function jolted(random: () => number): Partial<Road> {
  return {
    out: () => (random() < 0.02 ? null : 10 + random() * 8),
    back: () => (random() < 0.02 ? null : 12 + random() * 8),
    copyOut: () => (random() < 0.01 ? random() : null),
    copyBack: () => random() < 0.01,
    notSent: () => random() < 0.01,
    sentOffMs: () => random() / 10,
  }
}
