import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lossOf } from '../../../shared/measure/loss.ts'
import type { ReceiptCounts } from '../../../shared/measure/rows.ts'
import { type Road, seeded, travel } from './simulation.ts'

const LATE_MS = 1000
const never = () => null
const steady = () => 30
const lostAt =
  (...lost: number[]) =>
  (i: number) =>
    lost.includes(i) ? null : 30

function both(road: Road) {
  const { rows, receipt } = travel(road)
  return {
    withReceipt: lossOf([{ rows, receipt }], LATE_MS),
    without: lossOf([{ rows, receipt: null }], LATE_MS),
  }
}

function altered(road: Road, change: Partial<ReceiptCounts>) {
  const { rows, receipt } = travel(road)
  return lossOf([{ rows, receipt: { ...receipt, ...change } }], LATE_MS)
}

describe('loss', () => {
  it('tells losses out from losses back, with a receipt and with the counts of replies alone', () => {
    const road = { count: 200, out: lostAt(20, 21, 90), back: lostAt(40, 150, 151, 152) }
    const { withReceipt, without } = both(road)
    for (const found of [withReceipt, without]) {
      expect(found.out).toMatchObject({ expected: 200, received: 197, lost: 3, unattributed: 0 })
      expect(found.back).toMatchObject({ expected: 197, received: 193, lost: 4, unattributed: 0 })
      expect(found.out.bursts).toMatchObject({ bursts: 1, burstLost: 2, gapLost: 1, longestRun: 2 })
      expect(found.back.bursts).toMatchObject({ bursts: 1, burstLost: 3, gapLost: 1 })
    }
    expect([withReceipt.attribution, without.attribution]).toEqual(['receipt', 'replies'])
  })

  it('leaves the tail after the last reply unattributed without a receipt, and gives it its leg with one', () => {
    const { withReceipt, without } = both({
      count: 100,
      out: (i) => (i >= 97 ? null : 30),
      back: (i) => (i >= 95 ? null : 30),
    })
    expect(withReceipt.out).toMatchObject({ lost: 3, unattributed: 0 })
    expect(withReceipt.back).toMatchObject({ expected: 97, lost: 2, unattributed: 0 })
    expect(without.out).toMatchObject({ expected: 100, lost: 0, unattributed: 5, bursts: null })
    expect(without.back).toMatchObject({ expected: 100, lost: 0, unattributed: 5, bursts: null })
  })

  it('tells the head of a stream by the counts from 0, and of a later window not at all', () => {
    const road = { count: 50, out: lostAt(0), back: lostAt(1, 2) }
    expect(both(road).without.out).toMatchObject({ lost: 1, unattributed: 0 })
    expect(both(road).without.back).toMatchObject({ lost: 2, unattributed: 0 })
    const later = both({ ...road, firstSequence: 3000, firstReply: 2990 }).without
    expect(later.out).toMatchObject({ lost: 0, unattributed: 3 })
    expect(later.back).toMatchObject({ lost: 0, unattributed: 3 })
  })

  it('does not believe a first reply number that the head cannot have had', () => {
    const { without } = both({ count: 50, out: lostAt(0, 1), back: steady, firstReply: 900 })
    expect(without.out).toMatchObject({ lost: 0, unattributed: 2 })
  })

  it('tells nothing from reply numbers that may have gone round while none was heard', () => {
    const silent = (from: number, packets: number) => (i: number) =>
      i >= from && i < from + packets ? null : 30
    const lost = (back: (i: number) => number | null) => {
      const { out, back: here } = both({ count: 40_000, out: steady, back }).without
      return [out.lost, here.lost, here.unattributed]
    }
    for (const from of [0, 3000]) {
      expect(lost(silent(from, 0x7ffe))).toEqual([0, 0x7ffe, 0])
      expect(lost(silent(from, 0x7fff))).toEqual([0, 0, 0x7fff])
    }
  })

  it('tells nothing from reply numbers that start over: the reflector restarted', () => {
    const { rows } = travel({ count: 400, out: lostAt(50, 250), back: steady, firstReply: 5000 })
    for (let i = 200; i < 400; i++) if (rows.replySequence[i]! >= 0) rows.replySequence[i]! -= 5199
    const found = lossOf([{ rows, receipt: null }], LATE_MS)
    expect(found.out).toMatchObject({ lost: 0, unattributed: 2, received: 398 })
    expect(found.back).toMatchObject({ lost: 0, unattributed: 2, received: 398 })
  })

  it('counts both kinds in one gap, though not which packet was which', () => {
    const { withReceipt, without } = both({
      count: 100,
      out: lostAt(51),
      back: lostAt(50, 52),
    })
    expect(without.out).toMatchObject({ lost: 1, bursts: null })
    expect(without.back).toMatchObject({ lost: 2, bursts: null })
    expect(withReceipt.out.bursts).toMatchObject({ gapLost: 1 })
    expect(withReceipt.back.bursts).toMatchObject({ bursts: 1, burstLost: 2 })
  })

  it('subtracts duplicates made on the way out: their answers are no losses', () => {
    const { withReceipt, without } = both({
      count: 100,
      out: lostAt(60),
      back: lostAt(70),
      copyOut: (i) => (i % 10 === 3 ? 1 : null),
    })
    for (const found of [withReceipt, without]) {
      expect(found.out).toMatchObject({ lost: 1, duplicated: 10 })
      expect(found.back).toMatchObject({ lost: 1, received: 108, expected: 109 })
    }
  })

  it('counts a lost answer to a duplicate as lost on the way back when the receipt tells of it', () => {
    const { rows, receipt } = travel({
      count: 100,
      out: steady,
      back: steady,
      copyOut: (i) => (i === 10 ? 1 : null),
    })
    rows.duplicatesOut[10] = 0
    const found = lossOf([{ rows, receipt }], LATE_MS)
    expect(found.back).toMatchObject({ expected: 101, received: 100, lost: 1 })
    expect(found.back.blocks).toMatchObject({ packets: 101, lostSquared: 1 })
    expect(found.out).toMatchObject({ lost: 0, duplicated: 1 })
  })

  it('does not blame the way back for what the reflector did not answer', () => {
    const road = { count: 100, out: steady, back: lostAt(10, 11, 12) }
    const found = altered(road, { replied: 98 })
    expect(found.contradictedReceipts).toBe(0)
    expect(found.out).toMatchObject({ received: 100, lost: 0 })
    expect(found.back).toMatchObject({ expected: 98, received: 97, lost: 1, bursts: null })
  })

  it('counts duplicates, reordering and lateness apart from loss', () => {
    const { rows, receipt } = travel({
      count: 100,
      out: (i) => (i === 20 ? 55 : 30),
      back: (i) => (i === 40 ? 75 : i === 99 ? 1200 : 30),
      copyBack: (i) => i < 4,
    })
    for (const given of [receipt, null]) {
      const found = lossOf([{ rows, receipt: given }], LATE_MS)
      expect(found.out).toMatchObject({ lost: 0, duplicated: 0, reordered: 1, late: 1 })
      expect(found.back).toMatchObject({ lost: 0, duplicated: 4, reordered: 1, late: 1 })
    }
  })

  it('does not take the time inside the reflector for lateness', () => {
    const road = { count: 10, out: () => 490, back: () => 490, dwellMs: 60 }
    expect(both(road).without.out.late).toBe(0)
  })

  it('never counts a packet that was not sent', () => {
    const { withReceipt, without } = both({
      count: 100,
      out: lostAt(50),
      back: steady,
      notSent: (i) => i >= 20 && i < 30,
    })
    for (const found of [withReceipt, without])
      expect(found.out).toMatchObject({ expected: 90, received: 89, lost: 1 })
  })

  it('convicts no leg when nothing came back and no receipt came', () => {
    const { rows } = travel({ count: 100, out: steady, back: never })
    const found = lossOf([{ rows, receipt: null }], LATE_MS)
    expect(found.attribution).toBe('none')
    expect(found.out).toMatchObject({ expected: 100, received: 0, lost: 0, unattributed: 100 })
    expect(found.back).toMatchObject({ expected: 100, received: 0, lost: 0, unattributed: 100 })
  })

  it('is empty, and not lossless, without streams', () => {
    const found = lossOf([], LATE_MS)
    expect(found.attribution).toBe('none')
    expect(found.out).toMatchObject({ expected: 0, bursts: null, blocks: { seconds: 0 } })
  })

  it('attributes across the wrap of the sequence', () => {
    const { withReceipt } = both({
      count: 100,
      out: lostAt(49, 50, 51),
      back: lostAt(60),
      firstSequence: 2 ** 32 - 50,
    })
    expect(withReceipt.contradictedReceipts).toBe(0)
    expect([withReceipt.out.lost, withReceipt.back.lost]).toEqual([3, 1])
  })

  it('aligns a receipt of other borders by sequence, and leaves what it does not reach open', () => {
    const road = { count: 100, out: lostAt(5, 95), back: lostAt(50) }
    const { rows } = travel({ ...road, firstSequence: 1000 })
    const wide = travel({ ...road, count: 90, firstSequence: 1000 }).receipt
    const found = lossOf([{ rows, receipt: wide }], LATE_MS)
    expect(found.out).toMatchObject({ lost: 1, unattributed: 1 })
    expect(found.back).toMatchObject({ lost: 1, unattributed: 1 })
  })
})

describe('a receipt that contradicts', () => {
  const road = { count: 100, out: lostAt(5), back: lostAt(50) }
  const cases: Record<string, Partial<ReceiptCounts>> = {
    'fewer received than replies seen': { received: 10 },
    'an empty bitmap beside replies': { receivedBitmap: new Uint8Array(13), received: 0 },
    'fewer replied than replies seen': { replied: 50 },
    'more replied than arrived': { replied: 500 },
    'a bitmap too short': { receivedBitmap: new Uint8Array(3) },
    'a negative count': { duplicates: -5 },
    'no number at all': { reordered: Number.NaN },
  }
  for (const [name, change] of Object.entries(cases))
    it(`is not used, and said so: ${name}`, () => {
      const found = altered(road, change)
      expect(found.contradictedReceipts).toBe(1)
      expect(found.attribution).toBe('replies')
      expect([found.out.lost, found.back.lost]).toEqual([1, 1])
    })

  it('is one that received what was never sent', () => {
    const { receipt } = travel({ count: 100, out: steady, back: steady })
    const { rows } = travel({ count: 100, out: steady, back: steady, notSent: (i) => i === 7 })
    expect(lossOf([{ rows, receipt }], LATE_MS).contradictedReceipts).toBe(1)
  })
})

describe('loss by seconds', () => {
  it('puts the packets of one second of all calls in one block', () => {
    const one = travel({ count: 100, out: lostAt(0, 1, 60), back: steady })
    const two = travel({ count: 100, out: lostAt(2), back: steady })
    expect(lossOf([one, two], LATE_MS).out.blocks).toEqual({
      seconds: 2,
      packets: 200,
      packetsSquared: 2 * 100 ** 2,
      lostSquared: 3 ** 2 + 1,
      lostTimesPackets: 3 * 100 + 1 * 100,
    })
  })

  it('files by when packets were due, not by when they came', () => {
    const { rows, receipt } = travel({ count: 50, out: () => 3000, back: steady })
    expect(lossOf([{ rows, receipt }], LATE_MS).back.blocks).toMatchObject({ seconds: 1 })
  })
})

const ratio = fc.double({ min: 0, max: 0.4, noNaN: true })
const roads = fc.record({ seed: fc.nat(), out: ratio, back: ratio, mess: fc.boolean() })

/** Any weather: loss on both legs, and where `mess`, reordering and duplicates on both. */
function weather({
  seed,
  out,
  back,
  mess,
}: typeof roads extends fc.Arbitrary<infer T> ? T : never) {
  const draw = seeded(seed)
  const plan = Array.from({ length: 150 }, () => ({
    out: draw() < out ? null : 20 + draw() * (mess ? 90 : 5),
    back: draw() < back ? null : 20 + draw() * (mess ? 90 : 5),
    copy: mess && draw() < 0.1 ? draw() * 30 : null,
  }))
  return travel({
    count: plan.length,
    out: (i) => plan[i]!.out,
    back: (i) => plan[i]!.back,
    copyOut: (i) => plan[i]!.copy,
  })
}

describe('loss in any weather', () => {
  it('keeps expected = received + lost + unattributed, and never goes below zero', () => {
    fc.assert(
      fc.property(roads, fc.boolean(), (road, withReceipt) => {
        const { rows, receipt } = weather(road)
        const { out, back } = lossOf([{ rows, receipt: withReceipt ? receipt : null }], LATE_MS)
        for (const leg of [out, back]) {
          expect(leg.expected).toBe(leg.received + leg.lost + leg.unattributed)
          const { blocks, bursts, ...counts } = leg
          for (const n of Object.values(counts)) expect(n).toBeGreaterThanOrEqual(0)
          expect(blocks.packets).toBe(leg.expected)
        }
        expect(out.expected).toBe(150)
      }),
    )
  })

  it('is exact with a receipt, whatever is reordered and duplicated', () => {
    fc.assert(
      fc.property(roads, (road) => {
        const { rows, receipt } = weather(road)
        const { out, back, contradictedReceipts } = lossOf([{ rows, receipt }], LATE_MS)
        expect(contradictedReceipts).toBe(0)
        expect(out.lost).toBe(150 - receipt.received)
        expect(back.expected).toBe(receipt.replied)
        expect([out.unattributed, back.unattributed]).toEqual([0, 0])
        expect(out.duplicated).toBe(receipt.duplicates)
      }),
    )
  })

  it('without a receipt agrees with it but for the tail, when nothing is reordered or duplicated', () => {
    fc.assert(
      fc.property(roads, (road) => {
        const { rows, receipt } = weather({ ...road, mess: false })
        const known = lossOf([{ rows, receipt }], LATE_MS)
        const found = lossOf([{ rows, receipt: null }], LATE_MS)
        const tail = 149 - rows.replySequence.findLastIndex((reply) => reply >= 0)
        expect(found.out.unattributed).toBe(tail)
        expect(found.out.lost + found.back.lost + tail).toBe(known.out.lost + known.back.lost)
        expect(found.out.lost).toBeLessThanOrEqual(known.out.lost)
        expect(found.back.lost).toBeLessThanOrEqual(known.back.lost)
      }),
    )
  })

  it('of several streams is the sum of each', () => {
    fc.assert(
      fc.property(roads, roads, (a, b) => {
        const [one, two] = [weather(a), weather(b)]
        const parts = [lossOf([one], LATE_MS), lossOf([two], LATE_MS)]
        const whole = lossOf([one, two], LATE_MS)
        for (const leg of ['out', 'back'] as const)
          for (const key of ['expected', 'received', 'lost', 'duplicated', 'reordered'] as const)
            expect(whole[leg][key]).toBe(parts[0]![leg][key] + parts[1]![leg][key])
      }),
    )
  })
})
