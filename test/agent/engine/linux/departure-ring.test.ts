import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DepartureRing } from '../../../../agent/engine/linux/departure-ring.ts'

describe('the ring of departures that wait for their stamp', () => {
  test('every stamp finds its tag, whether or not the kernel numbers failed sends', () => {
    const step = fc.record({ fails: fc.boolean(), numbered: fc.boolean(), tag: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ring = new DepartureRing(64)
        let kernelId = 0
        for (const { fails, numbered, tag } of steps) {
          if (fails) {
            ring.failed()
            if (numbered) kernelId++
            continue
          }
          ring.sent(tag, 0)
          expect(ring.take(kernelId++)).toBe(tag)
        }
        expect(ring.outstanding).toBe(0)
      }),
    )
  })

  test('stamps may come in any order when no send failed, each once', () => {
    const shuffled = fc.shuffledSubarray([...Array(32).keys()], { minLength: 32 })
    fc.assert(
      fc.property(shuffled, (order) => {
        const ring = new DepartureRing(32)
        for (let i = 0; i < 32; i++) ring.sent(1000 + i, i)
        expect(ring.full).toBe(true)
        for (const id of order) expect(ring.take(id)).toBe(1000 + id)
        for (const id of order) expect(ring.take(id)).toBe(-1)
        expect(ring.outstanding).toBe(0)
      }),
    )
  })

  test('the oldest is given up first, and its late stamp finds nothing', () => {
    const ring = new DepartureRing(4)
    ring.sent(10, 100)
    ring.sent(11, 200)
    ring.sent(12, 300)
    expect(ring.take(1)).toBe(11)
    expect(ring.oldestNs()).toBe(100)
    expect(ring.giveUp()).toBe(10)
    expect(ring.take(0)).toBe(-1)
    expect(ring.oldestNs()).toBe(300)
    expect(ring.take(2)).toBe(12)
    expect(ring.oldestNs()).toBeNaN()
  })

  test('an id never sent finds nothing', () => {
    const ring = new DepartureRing(4)
    expect(ring.take(0)).toBe(-1)
    ring.sent(1, 0)
    expect(ring.take(1)).toBe(-1)
    expect(ring.take(0xffff_ffff)).toBe(-1)
  })
})
