import { describe, expect } from 'vitest'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { Impairment } from '../lab/router/impairment.ts'
import { expectDelayNear, expectLossExact, FAR_END_NAMES, LEGS } from './agreement.ts'
import { sharedLab } from './shared-lab.ts'
import { FAR_ENDS, LINK, type Story } from './story.ts'
import { note } from './table.ts'

/** Constant delay of each leg of a far end. */
function path(farEnd: FarEndName, outMs: number, backMs: number): readonly Impairment[] {
  const match = { port: FAR_ENDS[farEnd].port }
  return [
    { leg: 'out', match, delayMs: outMs },
    { leg: 'back', match, delayMs: backMs },
  ]
}

/** The clocks of the lab's hosts bound nothing: what follows rests on packets alone. */
function expectFreeClocks(story: Story): void {
  for (const farEnd of FAR_END_NAMES) {
    const { offset, fault } = story.stream(farEnd).clocks
    expect([offset?.method, fault]).toEqual(['minima', null])
  }
}

function verdicts(story: Story, farEnd: FarEndName): readonly string[] {
  return LEGS.map((leg) => story.verdict('VRN-3', leg, farEnd))
}

const provenFor = (story: Story, farEnd: FarEndName): boolean =>
  story.result.judgement.findings.some(
    (f) => f.id === 'VRN-3' && f.farEnd === farEnd && f.reason === 'rtt-proves-fail',
  )

describe('one-way delay with clocks that nobody vouches for', () => {
  const story = sharedLab()

  story('a round trip of 149 ms passes both legs, one of 151 ms needs clocks', async (told) => {
    const rules = [...path('primary', 74.5, 74.5), ...path('secondary', 75.5, 75.5)]
    const seen = await told.tell({ seconds: 3, calls: 2, impair: { [LINK]: rules } })
    expectFreeClocks(seen)
    for (const farEnd of FAR_END_NAMES) {
      expectLossExact(seen, farEnd)
      await expectDelayNear(told.lab, seen, farEnd)
    }
    expect(verdicts(seen, 'primary')).toEqual(['pass within-limit', 'pass within-limit'])
    const uncertain = 'inconclusive clock-uncertain'
    expect(verdicts(seen, 'secondary')).toEqual([uncertain, uncertain])
    note('round trip of 149 ms', seen, 'out primary VRN-3')
    note('round trip of 151 ms', seen, 'out secondary VRN-3')
  })

  story('one of 299 ms needs clocks still, one of 301 ms fails without any', async (told) => {
    const rules = [...path('primary', 149.5, 149.5), ...path('secondary', 150.5, 150.5)]
    const seen = await told.tell({ seconds: 3, calls: 2, impair: { [LINK]: rules } })
    expectFreeClocks(seen)
    for (const farEnd of FAR_END_NAMES) {
      expectLossExact(seen, farEnd)
      await expectDelayNear(told.lab, seen, farEnd)
      const uncertain = 'inconclusive clock-uncertain'
      expect(verdicts(seen, farEnd)).toEqual([uncertain, uncertain])
    }
    expect(provenFor(seen, 'primary')).toBe(false)
    expect(seen.verdict('VRN-3', 'either', 'secondary')).toBe('fail rtt-proves-fail')
    expect([seen.result.judgement.overall, seen.exit]).toEqual(['NOT READY', 1])
    note('round trip of 299 ms', seen, 'out primary VRN-3')
    const said = 'on one leg or the other'
    note('round trip of 301 ms', seen, 'back secondary VRN-3', { said: `fail ${said}` })
  })

  story(
    '120 ms out and 20 ms back passes; 200 out and 60 back is not split in halves',
    async (by) => {
      const rules = [...path('primary', 120, 20), ...path('secondary', 200, 60)]
      const seen = await by.tell({ seconds: 3, calls: 2, impair: { [LINK]: rules } })
      expectFreeClocks(seen)
      for (const farEnd of FAR_END_NAMES) {
        expectLossExact(seen, farEnd)
        await expectDelayNear(by.lab, seen, farEnd)
      }
      expect(verdicts(seen, 'primary')).toEqual(['pass within-limit', 'pass within-limit'])
      const uncertain = 'inconclusive clock-uncertain'
      expect(verdicts(seen, 'secondary')).toEqual([uncertain, uncertain])
      const [low, high] = seen.finding('VRN-3', 'out', 'secondary').interval!
      expect(low).toBeLessThan(60)
      expect(high).toBeGreaterThan(200)
      note('asymmetric 120/20 ms', seen, 'out primary VRN-3')
      note('asymmetric 200/60 ms', seen, 'out secondary VRN-3')
    },
  )

  story('bufferbloat: a queue of half a second convicts the leg out, clocks or not', async (by) => {
    // Four calls offer 320 kbit/s of IP; what does not fit waits in 15 kB, then drops.
    const rate = { kbitPerSecond: 240, queueBytes: 15_000 }
    const match = { port: FAR_ENDS.primary.port }
    const rules: readonly Impairment[] = [{ leg: 'out', match, rate, delayMs: 5 }, { delayMs: 5 }]
    const seen = await by.tell({ seconds: 6, calls: 4, impair: { [LINK]: rules } })
    const truth = seen.truth('out')
    expect(truth.lostBy).toEqual({ queue: truth.lost })
    expect(truth.lost).toBeGreaterThan(50)
    expect(truth.delayMs.p95).toBeGreaterThan(300)
    for (const farEnd of FAR_END_NAMES) {
      expectLossExact(seen, farEnd)
      await expectDelayNear(by.lab, seen, farEnd)
      expect(seen.verdict('VRN-3', 'back', farEnd)).toBe('pass within-limit')
      expect(seen.verdict('VRN-6', 'back', farEnd)).toBe('pass within-limit')
    }
    expect(seen.verdict('VRN-3', 'out', 'primary')).toBe('fail over-limit')
    expect(seen.verdict('VRN-6', 'out', 'primary')).toBe('fail over-limit')
    expect(seen.verdict('VRN-7', 'out', 'primary')).toBe('fail limits-not-held')
    expect(seen.verdict('VRN-3', 'out', 'secondary')).toBe('pass within-limit')
    note('rate limit with a bloated queue', seen, 'out primary VRN-3')
  })
})
