import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lowerBound, upperBound } from '../../../shared/measure/binomial.ts'
import {
  addToBlock,
  addToWorstBlock,
  emptyBlocks,
  sumBlocks,
} from '../../../shared/measure/blocks.ts'
import { lossBounds, secondsToDecide } from '../../../shared/measure/loss-bounds.ts'
import { seeded } from './simulation.ts'

/** Fifty packets a second, of which so many were lost in each. */
function seconds(lost: readonly number[]) {
  const tally = emptyBlocks()
  lost.forEach((n, second) => {
    addToBlock(tally, second, 50, n)
  })
  return {
    blocks: sumBlocks(tally),
    lost: lost.reduce((a, b) => a + b, 0),
    expected: 50 * lost.length,
  }
}
const spread = (length: number, every: number) =>
  seconds(Array.from({ length }, (_, i) => (i % every === 0 ? 1 : 0)))

describe('loss bounds', () => {
  it('are the binomial ones when losses are spread', () => {
    const { blocks, lost, expected } = spread(60, 3)
    const found = lossBounds(blocks, lost, expected, 0.95)!
    expect(found).toMatchObject({ ratio: 20 / 3000, designEffect: 1 })
    expect(found.low).toBe(lowerBound(20, 3000, 0.95))
    expect(found.high).toBe(upperBound(20, 3000, 0.95))
  })

  it('do not pass on a burst what they pass on spread losses', () => {
    const burst = seconds(Array.from({ length: 60 }, (_, i) => (i === 30 ? 20 : 0)))
    const even = spread(60, 3)
    const bounds = (of: typeof even) => lossBounds(of.blocks, of.lost, of.expected, 0.95)!
    expect(bounds(even).high).toBeLessThanOrEqual(0.01)
    expect(bounds(burst).high).toBeGreaterThan(0.01)
    expect(bounds(burst).low).toBeLessThan(bounds(even).low)
    expect(bounds(burst).designEffect).toBeGreaterThan(15)
  })

  it('are never narrower than binomial', () => {
    const lost = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(lost, fc.constantFrom(0.9, 0.95, 0.99), (counts, confidence) => {
        const { blocks, lost: k, expected } = seconds(counts)
        const found = lossBounds(blocks, k, expected, confidence)!
        expect(found.low).toBeLessThanOrEqual(lowerBound(k, expected, confidence))
        expect(found.high).toBeGreaterThanOrEqual(upperBound(k, expected, confidence))
        expect(found.low).toBeGreaterThanOrEqual(0)
        expect(found.high).toBeLessThanOrEqual(1)
      }),
      { numRuns: 60 },
    )
  })

  it('let one second decide nothing, however many calls it held', () => {
    const tally = emptyBlocks()
    addToBlock(tally, 0, 5000, 100)
    const found = lossBounds(sumBlocks(tally), 100, 5000, 0.95)!
    expect(found.low).toBeLessThan(0.01)
    expect(found.high).toBeGreaterThan(0.5)
  })

  it('hold the true ratio of bursty losses about as often as they say', () => {
    const draw = seeded(20261123)
    let above = 0
    let below = 0
    const runs = 400
    for (let run = 0; run < runs; run++) {
      // One second in twenty loses two fifths of its packets: 2 % in all.
      const counts = Array.from({ length: 300 }, () => (draw() < 0.05 ? 20 : 0))
      const { blocks, lost, expected } = seconds(counts)
      const found = lossBounds(blocks, lost, expected, 0.95)!
      if (found.high < 0.02) above++
      if (found.low > 0.02) below++
    }
    expect(above / runs).toBeLessThan(0.1)
    expect(below / runs).toBeLessThan(0.1)
  })

  it('say nothing about nothing', () => {
    expect(lossBounds(sumBlocks(emptyBlocks()), 0, 0, 0.95)).toBeNull()
  })

  it('get wider, never narrower, by a loss whose second is not known', () => {
    const tally = emptyBlocks()
    for (let second = 0; second < 60; second++)
      addToBlock(tally, second, 50, second % 5 === 0 ? 1 : 0)
    const before = lossBounds(sumBlocks(tally), 12, 3000, 0.95)!
    addToWorstBlock(tally, 3)
    const after = lossBounds(sumBlocks(tally), 15, 3003, 0.95)!
    expect(sumBlocks(tally).packets).toBe(3003)
    expect(after.high - after.low).toBeGreaterThan(before.high - before.low)
  })
})

describe('seconds to decide', () => {
  const ask = (of: ReturnType<typeof seconds>) =>
    secondsToDecide(of.blocks, of.lost, of.expected, 0.01, 0.95)

  it('are none when it is decided', () => {
    expect(ask(spread(60, 1000))).toBe(0)
    expect(ask(seconds(new Array(60).fill(5)))).toBe(0)
  })

  it('lead to a decision when run, and one second less does not', () => {
    const now = seconds([0, 0, 0, 0])
    const more = ask(now)!
    expect(more).toBe(2)
    expect(upperBound(0, 50 * (4 + more), 0.95)).toBeLessThanOrEqual(0.01)
    expect(upperBound(0, 50 * (4 + more - 1), 0.95)).toBeGreaterThan(0.01)
  })

  it('are more the nearer the ratio is to the limit, on either side', () => {
    const often = (inFive: number) =>
      ask(seconds(Array.from({ length: 50 }, (_, i) => (i % 5 < inFive ? 1 : 0))))
    const [under, over] = [often(2)!, ask(spread(40, 1))!]
    expect(under).toBeGreaterThan(0)
    expect(over).toBe(0)
    const justOver = ask(seconds(Array.from({ length: 50 }, (_, i) => (i % 5 < 3 ? 1 : 0))))!
    expect(justOver).toBeGreaterThan(0)
    const closer = ask(seconds(Array.from({ length: 50 }, (_, i) => (i % 9 < 4 ? 1 : 0))))!
    expect(closer).toBeGreaterThan(under)
  })

  it('are not proposed when the ratio is the limit itself: no run would decide', () => {
    const { blocks, lost, expected } = spread(90, 2)
    expect(lost / expected).toBe(0.01)
    expect(secondsToDecide(blocks, lost, expected, 0.01, 0.95)).toBeNull()
  })

  it('are not proposed when nothing was sent', () => {
    expect(secondsToDecide(sumBlocks(emptyBlocks()), 0, 0, 0.01, 0.95)).toBeNull()
  })
})
