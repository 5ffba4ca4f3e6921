import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareReceipts, sumsDiffer, uncounted } from '../../../shared/evidence/receipt-check.ts'
import type { StreamObservation } from '../../../shared/record/observation.ts'
import type { ReceiptStatement } from '../../../shared/record/receipt.ts'
import { jitterOf, stream } from '../verdict/scenes.ts'

const COUNTS = ['received', 'duplicated', 'reordered'] as const

/** An agent that used the reflector's counts, and the reflector that gave them. */
function pair(received: number, lost: number, duplicated: number, reordered: number) {
  const scheduled = received + lost
  const octets = (value: number) => ({ seen: [{ value, packets: received }], unseen: 0 })
  const loss = { expected: scheduled, received, lost, unattributed: 0, duplicated, reordered }
  const spread = { n: received, p50: 2, p95: 3, p99: 4, max: 5 }
  const jitter = { n: received, running: spread }
  const stream = {
    attribution: 'receipt',
    instrument: { scheduled },
    gaps: [],
    stampedJitter: jitter,
    legs: {
      out: { loss, tos: octets(184), ttl: octets(60), jitter },
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
  const jitter = { n: 3000, p95: 40, min: 0, max: 50, sum: 0, p50: 2, p99: 45 }
  expect(compareReceipts(stream, [{ ...statement, jitter }])).toEqual([
    { what: 'jitter', agent: 3, reflector: 40 },
  ])
})

test('of the same packets jitter is the same to a microsecond; of others within a tolerance', () => {
  const { stream, statement } = pair(3000, 0, 0, 0)
  const { jitter } = statement
  if (jitter === null) throw new Error('no jitter')
  const told = (change: object, by: Partial<StreamObservation> = {}) =>
    compareReceipts({ ...stream, ...by }, [{ ...statement, jitter: { ...jitter, ...change } }])
  for (const figure of ['p50', 'p95', 'p99', 'max'] as const) {
    expect(told({ [figure]: jitter[figure] + 0.0009 })).toEqual([])
    expect(told({ [figure]: jitter[figure] + 0.0011 })).toMatchObject([{ what: 'jitter' }])
  }
  // A reply in a hundred did not come: the agent knows other samples.
  expect(told({ n: 3030, p95: 8, p99: 90 })).toEqual([])
  expect(told({ n: 3030, p95: 12 })).toMatchObject([{ what: 'jitter', agent: 3, reflector: 12 }])
  const { out, back } = stream.legs
  const copied = { legs: { back, out: { ...out, loss: { ...out.loss, duplicated: 1 } } } }
  const there = { ...statement, duplicated: 1, jitter: { ...jitter, p95: 8 } }
  expect(compareReceipts({ ...stream, ...copied }, [there])).toEqual([])
})

test('what has the kernel’s stamp of its departure has the stamp inside it as well', () => {
  const seen = stream()
  const sums = (change: Partial<StreamObservation>) => sumsDiffer({ ...seen, ...change })
  const none = [{ what: 'unstamped', agent: 0, reflector: 3000 }]
  expect(sums({ stampedJitter: null })).toEqual(none)
  const { stampedJitter: _, ...early } = seen
  expect(sumsDiffer(early)).toEqual(none)
  expect(sums({ stampedJitter: jitterOf(2, 2000) })).toEqual([
    { what: 'sums', agent: 2000, reflector: 3000 },
  ])
  expect(sums({ stampedJitter: jitterOf(2, 3000, 90) })).toEqual([
    { what: 'sums', agent: 90, reflector: 30 },
  ])
  // The kernel did not give every stamp: the packets bear theirs all the same.
  expect(sums({ stampedJitter: jitterOf(2, 3001) })).toEqual([])
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
