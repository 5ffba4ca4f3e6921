import { describe, expect, it } from 'vitest'
import { CODECS, mos, qualityOf, rFactor } from '../../../shared/measure/e-model.ts'
import { measured, window } from './observations.ts'

describe('E-model, G.107 simplified', () => {
  it('turns R into MOS', () => {
    const vectors = [
      [93.2, 4.409],
      [90, 4.339],
      [80, 4.024],
      [70, 3.597],
      [60, 3.1],
      [50, 2.575],
    ] as const
    for (const [r, score] of vectors) expect(mos(r)).toBeCloseTo(score, 3)
  })

  it('holds MOS within 1 and 4.5, where the cubic would dip below', () => {
    expect([mos(-5), mos(0), mos(3.22), mos(100), mos(120)]).toEqual([1, 1, 1, 4.5, 4.5])
  })

  it('follows the vectors of delay and loss for each codec', () => {
    const r = (ms: number, loss: number, codec: keyof typeof CODECS) =>
      rFactor(ms, loss, 1, CODECS[codec])
    expect(r(150, 0, 'g711')).toBeCloseTo(89.6, 2)
    expect(mos(r(150, 0, 'g711'))).toBeCloseTo(4.329, 3)
    expect(mos(r(150, 0, 'g729'))).toBeCloseTo(3.97, 3)
    expect(r(50, 0.01, 'g711')).toBeCloseTo(88.36, 2)
    expect(mos(r(50, 0.01, 'g711'))).toBeCloseTo(4.297, 3)
    expect(r(50, 0.01, 'g711-no-plc')).toBeCloseTo(74.08, 2)
    expect(mos(r(50, 0.01, 'g711-no-plc'))).toBeCloseTo(3.782, 3)
    expect(r(50, 0.01, 'g729')).toBeCloseTo(76.8, 2)
    expect(mos(r(50, 0.01, 'g729'))).toBeCloseTo(3.898, 3)
    expect(mos(r(150, 0.01, 'g711'))).toBeCloseTo(4.228, 3)
    expect(mos(r(150, 0.01, 'g711-no-plc'))).toBeCloseTo(3.675, 3)
    expect(mos(r(150, 0.01, 'g729'))).toBeCloseTo(3.796, 3)
    expect(r(177.3, 0, 'g711')).toBeCloseTo(88.94, 2)
    expect(r(300, 0, 'g711')).toBeCloseTo(72.5, 2)
  })

  it('rates bursts below random losses', () => {
    expect(rFactor(50, 0.02, 3, CODECS.g711)).toBeLessThan(rFactor(50, 0.02, 1, CODECS.g711))
  })

  it('rates a leg over its delay interval, with packetisation, look-ahead and play-out added', () => {
    const { legs } = measured({ out: () => 50, back: () => 50 })
    const found = qualityOf(legs.out.loss, legs.out.delay, 'g729')!
    const { atMost, atLeast } = legs.out.delay!
    const d = (sum: number, n: number) => sum / n + 20 + 5 + 40
    expect(found.rLow).toBeCloseTo(rFactor(d(atMost.sum, atMost.n), 0, 1, CODECS.g729), 9)
    expect(found.rHigh).toBeCloseTo(rFactor(d(atLeast.sum, atLeast.n), 0, 1, CODECS.g729), 9)
    expect(found.rLow).toBeLessThan(found.rHigh)
  })

  it('counts losses of unknown leg at the low end only', () => {
    const road = { out: (i: number) => (i > 280 ? null : 50), back: () => 50 }
    const out = window(road, { receipts: false }).legs.out
    expect(out.loss.unattributed).toBeGreaterThan(0)
    const lossless = measured({ out: () => 50, back: () => 50 }).legs.out
    expect(out.quality!.rHigh).toBeCloseTo(lossless.quality!.rHigh, 1)
    expect(out.quality!.rLow).toBeLessThan(lossless.quality!.rLow - 5)
  })

  it('rates nothing where no delay is known', () => {
    expect(measured({ out: () => 50, back: () => null }).legs.out.quality).toBeNull()
  })
})
