import { describe, expect } from 'vitest'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { Impairment, Leg } from '../lab/router/impairment.ts'
import { expectLossExact, FAR_END_NAMES, LEGS, TOLERANCE, trueJitter } from './agreement.ts'
import { sharedLab } from './shared-lab.ts'
import { FAR_ENDS, LINK, type Story } from './story.ts'
import { note } from './table.ts'

const voice = (farEnd: FarEndName) => ({ rtp: true, port: FAR_ENDS[farEnd].port })

/** Nothing negative anywhere in the whole result, loss 0 on every leg. */
function expectNothingOdd(story: Story): void {
  const counts = JSON.stringify(FAR_END_NAMES.map((farEnd) => story.stream(farEnd).legs))
  expect(counts).not.toMatch(/:-\d/)
  for (const farEnd of FAR_END_NAMES) {
    expectLossExact(story, farEnd)
    for (const leg of LEGS) {
      expect(story.stream(farEnd).legs[leg].loss).toMatchObject({ lost: 0, unattributed: 0 })
      expect(story.verdict('VRN-6', leg, farEnd)).toBe('pass within-limit')
    }
  }
}

describe('duplicates and order', () => {
  const story = sharedLab()

  story('a duplicate-happy link, out or back: doubled packets are no loss', async ({ tell }) => {
    const duplicate = { ratio: 0.2, afterMs: 1 }
    const rules: readonly Impairment[] = [
      { leg: 'out', match: voice('primary'), duplicate },
      { leg: 'back', match: voice('secondary'), duplicate },
    ]
    const seen = await tell({ seconds: 3, calls: 4, impair: { [LINK]: rules } })
    expect(seen.truth('out', 'primary').duplicated).toBeGreaterThan(50)
    expect(seen.truth('back', 'secondary').duplicated).toBeGreaterThan(50)
    expectNothingOdd(seen)
    note('duplicates out', seen, 'out primary VRN-6')
    note('duplicates back', seen, 'back secondary VRN-6')
  })

  story('a link that doubles both ways, and one that doubles and loses', async ({ tell }) => {
    const duplicate = { ratio: 0.3, afterMs: 5 }
    const loss = { kind: 'random', ratio: 0.1 } as const
    const rules: readonly Impairment[] = [
      { match: voice('primary'), duplicate },
      { match: voice('secondary'), duplicate, loss },
    ]
    const seen = await tell({ seconds: 3, calls: 4, impair: { [LINK]: rules } })
    for (const farEnd of FAR_END_NAMES) expectLossExact(seen, farEnd)
    for (const leg of LEGS) {
      expect(seen.stream('primary').legs[leg].loss).toMatchObject({ lost: 0, unattributed: 0 })
      expect(seen.verdict('VRN-6', leg, 'primary')).toBe('pass within-limit')
      expect(seen.verdict('VRN-6', leg, 'secondary')).toBe('fail over-limit')
    }
    note('duplicates both ways', seen, 'back primary VRN-6')
    note('duplicates and loss both ways', seen, 'back secondary VRN-6')
  })

  story('a reordering link: overtaken packets counted, jitter in order of arrival', async (by) => {
    const reorder = { ratio: 0.05, byMs: 50 }
    const rules: readonly Impairment[] = [
      { leg: 'out', match: voice('primary'), delayMs: 10, reorder },
      { leg: 'back', match: voice('secondary'), delayMs: 10, reorder },
    ]
    const seen = await by.tell({ seconds: 4, calls: 3, impair: { [LINK]: rules } })
    expectNothingOdd(seen)
    const told: readonly (readonly [Leg, FarEndName])[] = [
      ['out', 'primary'],
      ['back', 'secondary'],
    ]
    for (const [leg, farEnd] of told) {
      const truth = seen.truth(leg, farEnd)
      expect(truth.reordered).toBeGreaterThan(10)
      expect(seen.stream(farEnd).legs[leg].loss.reordered).toBe(truth.reordered)
      const jitter = seen.stream(farEnd).legs[leg].jitter!.running
      const wanted = trueJitter(seen, leg, farEnd)
      expect(Math.abs(jitter.p95 - wanted.p95)).toBeLessThanOrEqual(TOLERANCE.jitterMs)
      expect(Math.abs(jitter.max - wanted.max)).toBeLessThanOrEqual(TOLERANCE.jitterMs)
      note('reordering', seen, `${leg} ${farEnd} VRN-4`)
    }
  })
})
