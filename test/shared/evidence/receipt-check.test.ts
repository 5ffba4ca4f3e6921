import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareReceipts } from '../../../shared/evidence/receipt-check.ts'
import type { StreamObservation } from '../../../shared/record/observation.ts'
import type { ReceiptStatement } from '../../../shared/record/receipt.ts'

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

test('a receipt over a part of the minute says nothing of the rest, but not more than was sent', () => {
  const { stream, statement } = pair(3000, 0, 0, 0)
  expect(compareReceipts(stream, [{ ...statement, expected: 1000, received: 1000 }])).toEqual([])
  const more = { ...statement, expected: 1000, received: 4000 }
  expect(compareReceipts(stream, [more]).map((one) => one.what)).toEqual(['expected', 'received'])
  expect(compareReceipts(stream, [])).toEqual([])
})
