import { expect, test } from 'vitest'
import { BLEACHED_AT_3, path } from './paths.ts'
import { underLoad } from './qos-looks.ts'
import { findingAt, judged, marks, PACKETS, silent, stream, verdictAt } from './scenes.ts'

const LOST = stream({ out: { tos: marks([0, PACKETS]) } })

test('a mark that arrives is not enough: without load there is no pass', () => {
  const judgement = judged([stream(), path()])
  expect(verdictAt(judgement, 'VRN-1')).toBe('inconclusive load-not-tested')
  expect(findingAt(judgement, 'VRN-1').detail).toContain('EF at 4 of 4 hops that show it')
  expect(verdictAt(judgement, 'VRN-1', 'back')).toBe('inconclusive load-not-tested')
})

test('a mark that is proven lost leaves no priority to speak of', () => {
  const judgement = judged([LOST, path({ changes: [BLEACHED_AT_3], arrived: 0 })])
  expect(verdictAt(judgement, 'VRN-1')).toBe('fail mark-changed')
  expect(findingAt(judgement, 'VRN-1').detail).toContain('between hop 2 10.0.2.1 (Customer)')
})

test('where another mark arrives nobody says that it does, nor that an earlier look under load holds', () => {
  const at = (egress: { tos: number; proof: 'watched' | 'socket-option' }) =>
    stream({ out: { tos: marks([0, PACKETS]), egress } })
  const rewritten = at({ tos: 0, proof: 'watched' })
  expect(verdictAt(judged([rewritten]), 'VRN-1')).toBe('inconclusive marked-at-host')
  expect(verdictAt(judged([underLoad(), rewritten]), 'VRN-1')).toBe('inconclusive marked-at-host')
  const unproven = at({ tos: 184, proof: 'socket-option' })
  expect(verdictAt(judged([unproven]), 'VRN-1')).toBe('inconclusive egress-unproven')
})

test('silence is judged as silence', () => {
  expect(verdictAt(judged([silent(PACKETS)]), 'VRN-1')).toBe('inconclusive no-reply')
  expect(verdictAt(judged([]), 'VRN-1')).toBe('not-tested no-data')
})

test('VRN-5 names the pair of hops and whom to ask', () => {
  const found = findingAt(judged([LOST, path({ changes: [BLEACHED_AT_3], arrived: 0 })]), 'VRN-5')
  expect(found).toMatchObject({ verdict: 'fail', reason: 'mark-changed' })
  expect(found.detail).toContain(
    'path: EF -> CS0 between hop 2 10.0.2.1 (Customer) and hop 3 10.0.3.1 (Carrier)',
  )
  expect(found.advice).toBe(
    'ask Customer or Carrier to trust EF between hop 2 10.0.2.1 (Customer) and hop 3 10.0.3.1 ' +
      '(Carrier); then: voip-ready check --site FILE --only VRN-5',
  )
})

test('a path alone convicts nobody, and changes no pass', () => {
  const seen = path({ changes: [BLEACHED_AT_3], arrived: 0, returned: 0 })
  expect(verdictAt(judged([seen]), 'VRN-5')).toBe('not-tested no-data')
  expect(verdictAt(judged([seen, stream()]), 'VRN-5')).toBe('pass mark-arrived')
})

test('the way to the other data centre explains nothing here', () => {
  const other = path({ farEnd: 'secondary', changes: [BLEACHED_AT_3] })
  expect(findingAt(judged([LOST, other]), 'VRN-5').detail).not.toContain('path:')
})
