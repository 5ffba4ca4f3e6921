import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CountedRange } from '../../../shared/evidence/receipt-check.ts'
import { SignedPackets } from '../../../shared/evidence/signed-packets.ts'

const TIME = { from: 0, to: 60_000 }

function counting() {
  const told: string[] = []
  const packets = new SignedPackets((severity, code, where) =>
    told.push(`${severity} ${code} ${where}`),
  )
  let receipts = 0
  const areNew = (counted: readonly CountedRange[], session = 'a') => {
    receipts += 1
    const none = { firstArrival: null, lastArrival: null, version: '1', address: '192.0.2.9' }
    const shown = { where: `receipt ${receipts}`, time: TIME }
    return packets.areNew({ reflector: 'dc1', session, counted, ...none }, shown)
  }
  return { areNew, told }
}

test('minutes that follow each other, in any order, count each packet once', () => {
  const { areNew, told } = counting()
  for (const minute of [0, 1, 3, 2, 7, 5]) expect(areNew([[0, 1, minute * 3000, 3000]])).toBe(true)
  expect(told).toEqual([])
  expect(areNew([[0, 1, 2 * 3000 - 1, 1]])).toBe(false)
  expect(told).toEqual(['suspicious receipt-reused receipt 7'])
  // Another session counts from nothing again.
  expect(areNew([[0, 1, 0, 3000]], 'b')).toBe(true)
})

test('one receipt that names a range twice counts it once too often', () => {
  const half: CountedRange = [0, 1, 0, 1500]
  expect(counting().areNew([half, half])).toBe(false)
  expect(counting().areNew([half, [1, 1, 0, 1500]])).toBe(true)
})

test('it is told of exactly those that share a packet with one before', () => {
  const range = fc.tuple(
    ...([fc.nat(5), fc.integer({ min: 0, max: 3 }), fc.nat(30), fc.nat(8)] as const),
  )
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
      const { areNew } = counting()
      const seen = new Set<string>()
      for (const [stream, streams, first, count] of ranges) {
        const own = Array.from({ length: streams }, (_, s) =>
          Array.from({ length: count }, (_, n) => `${stream + s} ${first + n}`),
        ).flat()
        const fresh = own.every((one) => !seen.has(one))
        expect(areNew([[stream, streams, first, count]])).toBe(fresh)
        if (fresh) for (const one of own) seen.add(one)
      }
    }),
  )
})

test('a session that names its streams in ever other ways backs nothing in the end', () => {
  const { areNew } = counting()
  const taken = Array.from({ length: 1100 }, (_, stream) => areNew([[stream, 1, 0, 1]]))
  expect(taken.lastIndexOf(true)).toBe(1023)
})
