import { expect, test } from 'vitest'
import { findingAt, judged, lineWith, lossOf, profileWith, stream, verdictAt } from './scenes.ts'

const POINT = profileWith({ requirements: lineWith('VRN-6', { decide: 'point' }) })
const lost = (count: number, of: number, unattributed = 0) =>
  stream({ out: { loss: lossOf(count, of, unattributed) } })

test('100 of 10000 passes and 101 fails on the counted ratio', () => {
  expect(verdictAt(judged([lost(100, 10_000)], { profile: POINT }), 'VRN-6')).toBe(
    'pass within-limit',
  )
  expect(verdictAt(judged([lost(101, 10_000)], { profile: POINT }), 'VRN-6')).toBe(
    'fail over-limit',
  )
})

test('both are undecided where the interval has to agree, and say how much longer to run', () => {
  for (const count of [90, 115]) {
    const finding = findingAt(judged([lost(count, 10_000)]), 'VRN-6')
    expect(finding).toMatchObject({ verdict: 'inconclusive', reason: 'too-few-packets', n: 10_000 })
    expect(finding.advice).toMatch(
      /^run \d+ s longer.*check --site FILE --only VRN-6 --duration \d+s$/,
    )
    expect(finding.alternatives).toEqual([
      { statistic: 'ratio as counted', verdict: count <= 100 ? 'pass' : 'fail' },
    ])
  }
})

test('too few that arrived say how much longer at the rate they arrived in, beyond what was run', () => {
  const out = { loss: lossOf(287, 300) }
  const back = { loss: lossOf(0, 13) }
  expect(findingAt(judged([stream({ out, back })]), 'VRN-6', 'back')).toMatchObject({
    reason: 'too-few-packets',
    advice: 'run 41 s longer; then: voip-ready check --site FILE --only VRN-6 --duration 47s',
  })
})

test('a ratio that sits on the limit is not told to run for ever', () => {
  expect(findingAt(judged([lost(100, 10_000)]), 'VRN-6').advice).toContain('may never decide')
})

test('1500 packets pass with 8 lost, fail with 23, and decide nothing between', () => {
  expect(verdictAt(judged([lost(8, 1500)]), 'VRN-6')).toBe('pass within-limit')
  expect(verdictAt(judged([lost(9, 1500)]), 'VRN-6')).toBe('inconclusive too-few-packets')
  expect(verdictAt(judged([lost(22, 1500)]), 'VRN-6')).toBe('inconclusive too-few-packets')
  expect(verdictAt(judged([lost(23, 1500)]), 'VRN-6')).toBe('fail over-limit')
})

test('losses without a leg leave both undecided when they would decide', () => {
  const loss = lossOf(0, 3000, 40)
  const judgement = judged([stream({ attribution: 'replies', out: { loss }, back: { loss } })])
  expect(verdictAt(judgement, 'VRN-6', 'out')).toBe('inconclusive leg-unknown')
  expect(verdictAt(judgement, 'VRN-6', 'back')).toBe('inconclusive leg-unknown')
  expect(findingAt(judgement, 'VRN-6', 'out').interval?.[0]).toBe(0)
})

test.each([
  ['nat-moved', 'a NAT moved the stream to another port', /find what moved the stream: time-outs/],
  ['reflector-restart', 'the reflector was started anew', /while nobody restarts the reflector/],
] as const)(
  'a leg is not known since %s took the count with it: that is the cause',
  (cause, why, mend) => {
    const { from } = stream()
    const gaps = [{ from: from + 9000, to: from + 10_000, cause }]
    const seen = (unattributed: number) => {
      const loss = lossOf(0, 3000, unattributed)
      return judged([stream({ attribution: 'replies', gaps, out: { loss }, back: { loss } })])
    }
    const found = [
      findingAt(seen(40), 'VRN-6', 'out'),
      findingAt(seen(40), 'VRN-6', 'back'),
      findingAt(seen(300), 'VRN-6', 'either'),
    ]
    const reasons = ['leg-unknown', 'leg-unknown', 'round-trip-proves-loss']
    expect(found.map(({ reason }) => reason)).toEqual(reasons)
    for (const { detail, advice } of found) {
      expect(detail).toContain(why)
      expect(advice).toMatch(mend)
      expect(advice).toMatch(/; then: voip-ready check --site FILE --only VRN-6$/)
      expect(advice).not.toContain('answer at the end of the run')
    }
  },
)

test('a receipt that contradicts the replies is named wherever losses are, and is why nothing is decided', () => {
  const loss = lossOf(0, 3000, 40)
  const one = stream({ attribution: 'replies', out: { loss }, back: { loss } })
  const at = (minute: number, contradictedReceipts?: number) => ({
    ...{ ...one, from: one.from + minute * 60_000, to: one.to + minute * 60_000 },
    ...(contradictedReceipts === undefined ? {} : { contradictedReceipts }),
  })
  const told = judged([at(0, 1), at(1, 2), at(2)], { from: one.from, to: one.to + 120_000 })
  expect(findingAt(told, 'VRN-6', 'back')).toMatchObject({ reason: 'disagreement' })
  expect(findingAt(told, 'VRN-6', 'back').detail).toContain(
    '3 receipts of the reflector contradict',
  )
  const fine = findingAt(judged([{ ...lost(0, 3000), contradictedReceipts: 1 }]), 'VRN-6')
  expect(fine).toMatchObject({ verdict: 'pass', detail: expect.stringContaining('was not used') })
})

test('losses without a leg that could not matter decide nothing', () => {
  expect(verdictAt(judged([lost(0, 3000, 3)]), 'VRN-6')).toBe('pass within-limit')
})

test('more loss than two good legs could have convicts one of them', () => {
  const loss = lossOf(0, 3000, 300)
  const judgement = judged([stream({ attribution: 'replies', out: { loss }, back: { loss } })])
  expect(verdictAt(judgement, 'VRN-6', 'either')).toBe('fail round-trip-proves-loss')
  expect(judgement.overall).toBe('NOT READY')
})

test('two good legs together may lose a little less than twice the limit', () => {
  const over = (unattributed: number) => {
    const loss = lossOf(0, 10_000, unattributed)
    const o = stream({ attribution: 'replies', out: { loss }, back: { loss } })
    return judged([o], { profile: POINT }).findings.some((f) => f.leg === 'either')
  }
  // 1 - 0.99 x 0.99 = 1.99 %
  expect(over(199)).toBe(false)
  expect(over(200)).toBe(true)
})

test('packets that vanish from an established session are loss on the leg that the receipt names', () => {
  const gone = lossOf(3000, 3000)
  const nothing = { loss: lossOf(0, 0), jitter: null, delay: null, tos: { seen: [], unseen: 0 } }
  const o = stream({ out: { ...nothing, loss: gone }, back: nothing, rtt: null })
  const judgement = judged([o])
  expect(verdictAt(judgement, 'VRN-6', 'out')).toBe('fail over-limit')
  expect(findingAt(judgement, 'VRN-6', 'out').value).toBe(1)
  expect(verdictAt(judgement, 'VRN-6', 'back')).toBe('inconclusive no-reply')
  expect(verdictAt(judgement, 'VRN-3', 'out')).toBe('inconclusive no-reply')
  expect(verdictAt(judgement, 'VRN-4', 'out')).toBe('inconclusive no-reply')
  expect(verdictAt(judgement, 'VRN-5', 'out')).toBe('inconclusive no-reply')
})

test('a few packets without loss are not 1 % at most', () => {
  expect(verdictAt(judged([lost(0, 250)]), 'VRN-6')).toBe('inconclusive too-few-packets')
  expect(verdictAt(judged([lost(0, 299)]), 'VRN-6')).toBe('pass within-limit')
})

test('late, duplicated and reordered packets are told and not judged', () => {
  const loss = { ...lossOf(0), late: 7, duplicated: 3, reordered: 2 }
  const finding = findingAt(judged([stream({ out: { loss } })]), 'VRN-6')
  expect(finding.verdict).toBe('pass')
  expect(finding.detail).toBe('0 of 3000 lost; 7 late; 3 duplicated; 2 reordered')
})
