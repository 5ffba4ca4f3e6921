import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Change,
  findingAt,
  judged,
  lossOf,
  MINUTE,
  PACKETS,
  START,
  STREAM_LINES,
  siteWith,
  stream,
  verdictAt,
} from './scenes.ts'

const LOSSY: Change = { out: { loss: lossOf(300) } }
const STARVED: Change = { instrument: { scheduled: PACKETS, sent: 2400, notSent: 600 } }

/** Steps of ten seconds, one after the other, each with a number of calls. */
function ramp(...steps: readonly (readonly [calls: number, change?: Change])[]) {
  return steps.map(([calls, change], i) =>
    stream({
      ...{ ramp: true, calls, from: START + i * 10_000, to: START + i * 10_000 + 9000 },
      ...change,
    }),
  )
}

const peak = (peakCalls: number | undefined) => ({ site: siteWith({ peakCalls }) })

test('the peak held while more broke: it passes, and both numbers are told', () => {
  const judgement = judged(ramp([20], [40], [60, LOSSY]), peak(40))
  expect(verdictAt(judgement, 'VRN-7', 'out')).toBe('pass within-limit')
  expect(findingAt(judgement, 'VRN-7', 'out')).toMatchObject({
    value: 40 * 88,
    limit: 40 * 88,
    detail: 'holds for 40 calls; breaks at 60: VRN-6 fail; 300 of 3000 lost',
  })
  expect(findingAt(judgement, 'VRN-7', 'back').detail).toBe('holds for 60 calls')
})

test('what breaks before the peak fails, on its leg alone', () => {
  const judgement = judged(ramp([20], [40, LOSSY], [60, LOSSY]), peak(50))
  expect(verdictAt(judgement, 'VRN-7', 'out')).toBe('fail limits-not-held')
  expect(findingAt(judgement, 'VRN-7', 'out').value).toBe(40 * 88)
  expect(findingAt(judgement, 'VRN-7', 'out').detail).toContain('holds for 20 calls; breaks at 40')
  expect(verdictAt(judgement, 'VRN-7', 'back')).toBe('pass within-limit')
})

test('a peak between the last number that held and the first that broke is not claimed', () => {
  const judgement = judged(ramp([20], [40], [60, LOSSY]), peak(50))
  expect(verdictAt(judgement, 'VRN-7', 'out')).toBe('inconclusive fewer-calls')
  expect(findingAt(judgement, 'VRN-7', 'out').detail).toContain('the peak is 50')
})

test('a host that could not send is named, and the network is not convicted', () => {
  const judgement = judged(ramp([20], [40, { ...LOSSY, ...STARVED }]), peak(40))
  expect(verdictAt(judgement, 'VRN-7', 'out')).toBe('inconclusive host')
  expect(findingAt(judgement, 'VRN-7', 'out').detail).toContain('undecided at 40')
})

test('a far end that falls silent under a number of calls held nothing, though no packet counts as lost', () => {
  const at = START + 10_000
  for (const cause of ['no-session', 'reflector-restart', 'nat-moved', 'refused'] as const) {
    const silent: Change = { gaps: [{ from: at + 3000, to: at + 5000, cause }] }
    const judgement = judged(ramp([20], [40, silent]), peak(40))
    for (const leg of ['out', 'back'] as const) {
      expect(verdictAt(judgement, 'VRN-7', leg)).toBe('inconclusive no-reply')
      const { detail, advice } = findingAt(judgement, 'VRN-7', leg)
      expect(detail).toContain('holds for 20 calls; undecided at 40')
      expect(detail).toContain('the far end fell silent while they were offered')
      expect(advice).toContain('voip-ready capacity --site FILE')
    }
  }
  const known: Change = { gaps: [{ from: at, to: at + 5, cause: 'agent-stop' }] }
  expect(verdictAt(judged(ramp([20], [40, known]), peak(40)), 'VRN-7')).toBe('pass within-limit')
})

test('without a peak nothing can pass', () => {
  expect(verdictAt(judged(ramp([20], [40]), peak(undefined)), 'VRN-7')).toBe(
    'inconclusive needs-site-value',
  )
})

test('the steps of a ramp decide no other line, whatever they saw', () => {
  const quiet = stream({ to: START + MINUTE })
  const step = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.constantFrom({}, LOSSY, STARVED))
  const others = STREAM_LINES.filter((id) => id !== 'VRN-7')
  const verdicts = (observations: Parameters<typeof judged>[0]) =>
    others.map((id) => findingAt(judged(observations, { onlyLines: others }), id))
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
      expect(verdicts([quiet, ...ramp(...steps)])).toEqual(verdicts([quiet]))
      expect(verdicts(ramp(...steps))).toEqual(verdicts([]))
    }),
    { numRuns: 15 },
  )
})
