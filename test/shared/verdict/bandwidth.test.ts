import { expect, test } from 'vitest'
import {
  findingAt,
  jitterOf,
  judged,
  lossOf,
  MINUTE,
  PACKETS,
  START,
  siteWith,
  stream,
  verdictAt,
} from './scenes.ts'

/** So many packets of each of these calls. */
const offered = (calls: number) =>
  stream({ calls, instrument: { scheduled: calls * PACKETS, sent: calls * PACKETS } })

const peak = (peakCalls: number | undefined) => ({ site: siteWith({ peakCalls }) })

test('the peak offered while delay, jitter and loss hold passes, at the rate of the codec', () => {
  const judgement = judged([offered(120)], peak(120))
  expect(verdictAt(judgement, 'VRN-7')).toBe('pass within-limit')
  expect(findingAt(judgement, 'VRN-7')).toMatchObject({
    value: 120 * 88,
    limit: 120 * 88,
    unit: 'kbit/s',
    op: '>=',
    detail: '120 calls offered',
  })
  expect(findingAt(judged([stream({ codec: 'g729' })]), 'VRN-7').value).toBe(32)
})

test('fewer calls than the peak never pass', () => {
  expect(verdictAt(judged([stream({ calls: 119 })], peak(120)), 'VRN-7')).toBe(
    'inconclusive fewer-calls',
  )
})

test('without a peak nothing can pass, and what held is told', () => {
  const judgement = judged([offered(30)], peak(undefined))
  expect(verdictAt(judgement, 'VRN-7')).toBe('inconclusive needs-site-value')
  expect(findingAt(judgement, 'VRN-7')).toMatchObject({
    value: 30 * 88,
    limit: null,
    detail: '30 calls offered; missing: peakCalls',
  })
})

test('a limit that breaks at the peak fails the line and names the clause', () => {
  const judgement = judged([stream({ calls: 120, out: { jitter: jitterOf(40) } })], peak(120))
  expect(verdictAt(judgement, 'VRN-7', 'out')).toBe('fail limits-not-held')
  expect(findingAt(judgement, 'VRN-7', 'out').detail).toContain('VRN-4 fail')
  expect(verdictAt(judgement, 'VRN-7', 'back')).toBe('pass within-limit')
})

test('quiet windows do not dilute the loaded one', () => {
  const quiet = Array.from({ length: 14 }, (_, i) =>
    stream({ from: START + i * MINUTE, to: START + (i + 1) * MINUTE }),
  )
  const loaded = stream({
    from: START + 14 * MINUTE,
    to: START + 15 * MINUTE,
    calls: 120,
    out: { loss: lossOf(90) },
  })
  const judgement = judged([...quiet, loaded], { ...peak(120), to: START + 15 * MINUTE })
  expect(verdictAt(judgement, 'VRN-6')).toBe('pass within-limit')
  expect(verdictAt(judgement, 'VRN-7')).toBe('fail limits-not-held')
})

test('what cannot be decided at the peak cannot be decided for the line', () => {
  const judgement = judged([stream({ calls: 120, out: { loss: lossOf(29) } })], peak(120))
  expect(verdictAt(judgement, 'VRN-7')).toBe('inconclusive too-few-packets')
})
