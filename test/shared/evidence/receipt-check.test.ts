import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareReceipts, sumsDiffer, uncounted } from '../../../shared/evidence/receipt-check.ts'
import type { StreamObservation } from '../../../shared/record/observation.ts'
import type { ReceiptStatement } from '../../../shared/record/receipt.ts'
import { stream } from '../verdict/scenes.ts'

const COUNTS = ['received', 'duplicated', 'reordered'] as const

/** An agent that used the reflector's counts, and the reflector that gave them. */
function pair(received: number, lost: number, duplicated: number, reordered: number) {
  const scheduled = received + lost
  const octets = (value: number) => ({ seen: [{ value, packets: received }], unseen: 0 })
  const loss = { expected: scheduled, received, lost, unattributed: 0, duplicated, reordered }
  const spread = { n: received, p95: 3 }
  const stream = {
    attribution: 'receipt',
    instrument: { scheduled },
    gaps: [],
    legs: {
      out: { loss, tos: octets(184), ttl: octets(60), jitter: { n: received, running: spread } },
      back: { loss: { lost: 0, unattributed: 0 } },
    },
  } as unknown as StreamObservation
  const statement = {
    ...{ expected: scheduled, received, duplicated, reordered },
    ...{ tos: octets(184), ttl: octets(60), jitter: spread, rows: { sha256: '', rows: 0 } },
  } as unknown as ReceiptStatement
  return { stream, statement }
}
const honest = fc.tuple(
  ...[fc.integer({ min: 10, max: 3000 }), fc.nat(500), fc.nat(50), fc.nat(50)],
)

test('honest pairs agree; a receipt with any other count does not', () => {
  fc.assert(
    fc.property(
      honest,
      fc.constantFrom(...COUNTS),
      fc.integer({ min: -50, max: 50 }),
      (counts, name, by) => {
        const { stream, statement } = pair(...counts)
        const forged = { ...statement, [name]: Math.max(0, statement[name] + by) }
        const differs = forged[name] !== statement[name]
        expect(compareReceipts(stream, [statement])).toEqual([])
        const what = compareReceipts(stream, [forged]).map((one) => one.what)
        expect(what.includes(name)).toBe(differs)
      },
    ),
  )
})

test('marks that only one side saw, and jitter beyond the tolerance, are told', () => {
  const { stream, statement } = pair(3000, 0, 0, 0)
  const tos = { seen: [{ value: 0, packets: 3000 }], unseen: 0 }
  expect(compareReceipts(stream, [{ ...statement, tos }])).toEqual([
    { what: 'tos', agent: 3000, reflector: 0 },
  ])
  const jitter = { n: 3000, p95: 40, min: 0, max: 50, sum: 0, p50: 0, p99: 0 }
  expect(compareReceipts(stream, [{ ...statement, jitter }])).toEqual([
    { what: 'jitter', agent: 3, reflector: 40 },
  ])
})

test('a receipt over a part of the minute serves where its session was interrupted, and is told of the rest', () => {
  const { stream: whole, statement } = pair(3000, 0, 0, 0)
  const stream = { ...whole, gaps: [{ from: 0, to: 1, cause: 'no-session' as const }] }
  const part = { ...statement, expected: 1000, received: 1000 }
  expect(compareReceipts(stream, [part])).toEqual([])
  expect([uncounted(stream, [part]), uncounted(stream, [statement])]).toEqual([2000, 0])
  const more = { ...statement, expected: 1000, received: 4000 }
  expect(compareReceipts(stream, [more]).map((one) => one.what)).toEqual(['expected', 'received'])
  expect(compareReceipts(stream, [])).toEqual([])
  // Nothing took the rest away: who asked for a receipt on what went well hides what did not.
  expect(compareReceipts(whole, [part])).toEqual([
    { what: 'expected', agent: 3000, reflector: 1000 },
  ])
})

test('marks that are told of fewer packets than were answered contradict the agent’s own numbers', () => {
  const seen = stream()
  expect(sumsDiffer(seen)).toEqual([])
  const fewer = { seen: [{ value: 184, packets: 2000 }], unseen: 0 }
  for (const change of [{ out: { tos: fewer } }, { back: { tos: fewer } }, { out: { ttl: fewer } }])
    expect(sumsDiffer(stream(change))).toEqual([{ what: 'sums', agent: 2000, reflector: 3000 }])
})

test('a way that makes copies of packets contradicts nobody, and none are told that did not get there', () => {
  const { legs } = stream()
  const copied = (duplicated: number, attribution: 'receipt' | 'replies' = 'receipt') =>
    stream({
      attribution,
      out: { loss: { ...legs.out.loss, duplicated } },
      back: { loss: { ...legs.back.loss, received: 3030, expected: 3030 } },
    })
  expect(sumsDiffer(copied(30))).toEqual([])
  expect(sumsDiffer(copied(29))).not.toEqual([])
  const { ttl } = legs.out
  const statement = { ...pair(3000, 0, 30, 0).statement, ttl }
  for (const how of ['receipt', 'replies'] as const)
    expect(compareReceipts(copied(30, how), [statement])).toEqual([])
  expect(compareReceipts(copied(300, 'replies'), [statement])).toEqual([
    { what: 'duplicated', agent: 300, reflector: 30 },
  ])
})
