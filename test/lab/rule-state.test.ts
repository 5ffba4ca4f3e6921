import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Impairment, refuseImpairments } from './router/impairment.ts'
import { emptyFacts } from './router/packet.ts'
import { type Decision, FATE, RuleState } from './router/rule-state.ts'
import { Schedule } from './router/schedule.ts'

const FRAME_NS = 20e6

describe('one impairment', () => {
  test('loses exactly the asked share of every whole block', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(400), fc.nat(5), (of, share, blocks) => {
        const lost = Math.min(share, of)
        const fates = decide({ loss: { kind: 'exact', lost, of } }, of * blocks)
        expect(fates.filter(({ fate }) => fate === FATE.loss)).toHaveLength(lost * blocks)
      }),
    )
  })

  test('loses in bursts as long as the model says', () => {
    const decisions = decide({ loss: { kind: 'burst', enter: 0.02, leave: 0.25 } }, 200_000)
    const lost = decisions.map(({ fate }) => fate === FATE.burst)
    const bursts = lost.filter((now, index) => now && lost[index - 1] !== true).length
    const share = lost.filter(Boolean).length / lost.length
    expect(share).toBeCloseTo(0.02 / (0.02 + 0.25), 2)
    expect(lost.filter(Boolean).length / bursts).toBeCloseTo(1 / 0.25, 0)
  })

  test('loses the same packets whatever jitter is added', () => {
    const loss = { kind: 'random', ratio: 0.1 } as const
    const plain = decide({ loss }, 2000)
    const shaken = decide({ loss, delayMs: 50, jitter: { kind: 'normal', sdMs: 5 } }, 2000)
    expect(shaken.map(({ fate }) => fate)).toEqual(plain.map(({ fate }) => fate))
  })

  test('draws jitter from the asked distribution', () => {
    const delays = (rule: Impairment) =>
      decide(rule, 50_000).map(({ dueNs }, i) => dueNs / 1e6 - i * 20)
    const uniform = delays({ delayMs: 9, jitter: { kind: 'uniform', plusMinusMs: 4 } })
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(5 - 1e-6)
    expect(Math.max(...uniform)).toBeLessThanOrEqual(13 + 1e-6)
    expect(mean(uniform)).toBeCloseTo(9, 0)
    const bell = delays({ delayMs: 60, jitter: { kind: 'normal', sdMs: 4 } })
    expect(Math.sqrt(mean(bell.map((delay) => (delay - 60) ** 2)))).toBeCloseTo(4, 0)
    const spikes = delays({
      jitter: { kind: 'pareto', chance: 0.1, scaleMs: 5, shape: 2, maxMs: 15 },
    }).filter((delay) => delay > 1e-6)
    expect(spikes.length / 50_000).toBeCloseTo(0.1, 2)
    expect(Math.min(...spikes)).toBeGreaterThanOrEqual(5 - 1e-6)
    expect(Math.max(...spikes)).toBeLessThanOrEqual(15 + 1e-6)
  })

  test('keeps the order unless told otherwise', () => {
    const rule: Impairment = { delayMs: 80, jitter: { kind: 'uniform', plusMinusMs: 70 } }
    const kept = decide(rule, 500).map(({ dueNs }) => dueNs)
    const free = decide({ ...rule, keepOrder: false }, 500).map(({ dueNs }) => dueNs)
    expect(kept).toEqual(kept.toSorted((a, b) => a - b))
    expect(free).not.toEqual(free.toSorted((a, b) => a - b))
  })

  test('serves no more than its rate, and holds no more than its queue', () => {
    const rule: Impairment = { rate: { kbitPerSecond: 64, queueBytes: 1000 } }
    const passed = decide(rule, 1000).filter(({ fate }) => fate === FATE.forwarded)
    const perPacketNs = (200 * 8 * 1e9) / 64_000
    for (const [index, { dueNs }] of passed.entries()) {
      if (index > 0)
        expect(dueNs - passed[index - 1]!.dueNs).toBeGreaterThanOrEqual(perPacketNs - 1)
    }
    expect(Math.max(...passed.map(({ waitNs }) => waitNs))).toBeLessThanOrEqual((1000 / 8000) * 1e9)
  })

  test('lets one mark go before a full queue, and gives the link no more than its rate', () => {
    const rate = { kbitPerSecond: 128, queueBytes: 2000, priorityDscp: 46 }
    const decided = decide({ rate }, 600, (index) => (index % 4 === 0 ? 46 << 2 : 0), 5e6)
    const of = (tos: number) => decided.filter((packet) => packet.tos === tos)
    const perPacketNs = (200 * 8 * 1e9) / 128_000
    expect(of(46 << 2).every(({ fate }) => fate === FATE.forwarded)).toBe(true)
    const waits = of(46 << 2).map(({ waitNs }) => waitNs)
    expect(Math.max(...waits)).toBeLessThanOrEqual(2 * perPacketNs + 1)
    expect(of(0).some(({ fate }) => fate === FATE.queue)).toBe(true)
    const passed = decided.filter(({ fate }) => fate === FATE.forwarded)
    const lastNs = Math.max(...passed.map(({ dueNs }) => dueNs))
    expect(passed.length * perPacketNs).toBeLessThanOrEqual(lastNs + 2 * perPacketNs)
  })

  test('is refused with what was wanted and found', () => {
    const rules: Impairment[] = [{ delayMs: 5 }, { loss: { kind: 'random', ratio: 5 } }]
    expect(refuseImpairments(rules)).toBe('impairment 1: loss.ratio must be 0 to 1, found 5')
    expect(refuseImpairments(rules.slice(0, 1))).toBeUndefined()
  })
})

test('the schedule gives back everything in order of time, then of coming', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (dues) => {
      const schedule = new Schedule(200)
      for (const [slot, due] of dues.entries()) schedule.push(slot, due)
      const slots = dues.map(() => schedule.pop())
      const order = dues.map((_, slot) => slot).toSorted((a, b) => dues[a]! - dues[b]! || a - b)
      expect(slots).toEqual(order)
      expect(schedule.size).toBe(0)
    }),
  )
})

/** What a rule decides for `count` packets of one call, 200 bytes every 20 ms. */
function decide(
  rule: Impairment,
  count: number,
  tosOf: (index: number) => number = () => 0,
  everyNs = FRAME_NS,
) {
  const state = new RuleState(rule, 0, 'out', 4711, 0)
  const facts = { ...emptyFacts(), passable: true, length: 200, isRtp: true, ssrc: 1 }
  return Array.from({ length: count }, (_, index) => {
    const inNs = index * everyNs
    const tos = tosOf(index)
    facts.tos = tos
    const decision: Decision = {
      ...{ fate: FATE.forwarded, rule: 255, tos, dueNs: inNs },
      ...{ copyDueNs: 0, answerTooBig: 0 },
    }
    state.decide(facts, inNs, decision)
    return { ...decision, waitNs: decision.dueNs - inNs }
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
