import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { burstRatio, burstsOf, densities, mergeBursts } from '../../../shared/measure/bursts.ts'

/** 1 = received, 0 = lost, X = discarded (counts as lost). */
const series = (text: string) => Uint8Array.from(text, (c) => (c === '1' ? 0 : 1))
const RFC_EXAMPLE = '1111011111111111111111' + '1' + 'X111X1011110' + '111111111111111111X111111111'

describe('bursts, RFC 3611 section 4.7.2', () => {
  it('finds in the example of the RFC a burst of 12 packets with 4 bad, and 2 bad in the gaps', () => {
    const found = burstsOf(series(RFC_EXAMPLE))
    expect(RFC_EXAMPLE).toHaveLength(63)
    expect(found).toEqual({
      bursts: 1,
      burstPackets: 12,
      burstLost: 4,
      gapPackets: 51,
      gapLost: 2,
      longestRun: 1,
      runs: 6,
    })
    expect(densities(found)).toEqual({ burst: 85, gap: 10 })
  })

  it('gives a gap density of 9 for the 64 packets the RFC speaks of', () => {
    expect(densities({ ...burstsOf(series(`${RFC_EXAMPLE}1`)) }).gap).toBe(9)
  })

  it('ends a burst at 16 received packets, and not at 15', () => {
    expect(burstsOf(series(`0${'1'.repeat(15)}0`))).toMatchObject({ bursts: 1, burstPackets: 17 })
    expect(burstsOf(series(`0${'1'.repeat(16)}0`))).toMatchObject({ bursts: 0, gapLost: 2 })
  })

  it('holds no burst where nothing was lost, and one where all was', () => {
    expect(burstsOf(series('1'.repeat(40)))).toMatchObject({ bursts: 0, gapPackets: 40, runs: 0 })
    expect(burstsOf(series('0'.repeat(40)))).toMatchObject({
      bursts: 1,
      burstLost: 40,
      gapPackets: 0,
      longestRun: 40,
      runs: 1,
    })
  })

  it('counts every packet and every loss once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 200 }), (digits) => {
        const lost = Uint8Array.from(digits, (d) => (d === 0 ? 1 : 0))
        const found = burstsOf(lost)
        const losses = lost.reduce((n, l) => n + l, 0)
        expect(found.burstLost + found.gapLost).toBe(losses)
        expect(found.burstPackets + found.gapPackets).toBe(lost.length)
        expect(found.runs).toBeLessThanOrEqual(losses)
        expect(found.longestRun).toBeLessThanOrEqual(losses)
        expect(found.burstPackets).toBeGreaterThanOrEqual(found.burstLost)
      }),
    )
  })

  it('says 1 for lone losses, and the mean run against chance for runs', () => {
    expect(burstRatio(burstsOf(series('1'.repeat(50))))).toBe(1)
    expect(burstRatio(burstsOf(series(`${'1'.repeat(49)}0`)))).toBe(1)
    expect(burstRatio(burstsOf(series(`${'1'.repeat(90)}${'0'.repeat(10)}`)))).toBeCloseTo(9, 12)
  })

  it('merges by addition, the longest run by maximum; null is no zero', () => {
    const a = burstsOf(series(RFC_EXAMPLE))
    const b = burstsOf(series('11100111'))
    expect(mergeBursts([a, null, b])).toMatchObject({ bursts: 2, gapPackets: 57, longestRun: 2 })
    expect(mergeBursts([null, null])).toBeNull()
  })
})
