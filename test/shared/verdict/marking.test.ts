import { expect, test } from 'vitest'
import {
  type Change,
  findingAt,
  GOOD_LEG,
  judged,
  MINUTE,
  marks,
  PACKETS,
  START,
  stream,
  verdictAt,
} from './scenes.ts'

const EF = 184
const WATCHED = { tos: EF, proof: 'watched' } as const
const SOCKET = { tos: EF, proof: 'socket-option' } as const

test('every packet with 46 passes, whatever its congestion bits', () => {
  const judgement = judged([stream({ out: { tos: marks([EF, 2990], [EF + 1, 10]) } })])
  expect(verdictAt(judgement, 'VRN-5')).toBe('pass mark-arrived')
  expect(findingAt(judgement, 'VRN-5')).toMatchObject({ value: 46, detail: 'EF (46) on 3000' })
})

test('one packet with another mark fails when the right one was watched leaving', () => {
  const judgement = judged([stream({ out: { tos: marks([EF, 2999], [40, 1]), egress: WATCHED } })])
  expect(verdictAt(judgement, 'VRN-5')).toBe('fail mark-changed')
  expect(findingAt(judgement, 'VRN-5').detail).toBe('EF (46) on 2999, AF11 (10) on 1')
})

test('a socket option alone convicts nobody', () => {
  const o = stream({ out: { tos: marks([0, PACKETS]), egress: SOCKET } })
  expect(verdictAt(judged([o]), 'VRN-5')).toBe('inconclusive egress-unproven')
})

test('a socket option convicts once the mark is seen to pass the host on the same leg', () => {
  const o = stream({ back: { tos: marks([0, 2000], [EF, 1000]), egress: SOCKET } })
  expect(verdictAt(judged([o]), 'VRN-5', 'back')).toBe('fail mark-changed')
})

test('a mark that one minute proves changed is not excused by another whose departures were not seen', () => {
  const at = (index: number, change: Change) =>
    stream({ from: START + index * MINUTE, to: START + (index + 1) * MINUTE, ...change })
  const proven = { tos: marks([0, PACKETS]), egress: WATCHED }
  const unknown = { tos: marks([0, PACKETS]), egress: { tos: null, proof: 'none' } as const }
  for (const leg of ['out', 'back'] as const) {
    const seen = [at(0, { [leg]: proven }), at(1, { [leg]: unknown })]
    const judgement = judged(seen, { from: START, to: START + 2 * MINUTE })
    expect(verdictAt(judgement, 'VRN-5', leg)).toBe('fail mark-changed')
    expect(findingAt(judgement, 'VRN-5', leg)).toMatchObject({ n: 6000, value: 0 })
  }
})

test('a wrong mark watched leaving is the sender, not the network', () => {
  const o = stream({ out: { tos: marks([0, PACKETS]), egress: { tos: 0, proof: 'watched' } } })
  expect(verdictAt(judged([o]), 'VRN-5')).toBe('inconclusive marked-at-host')
  // Watching is what was done: to be told to do it would mend nothing.
  expect(findingAt(judged([o]), 'VRN-5').advice).not.toContain('CAP_NET_RAW')
})

test('an engine that cannot mark says so', () => {
  const o = stream({
    capabilities: { setTos: false },
    out: { tos: marks([0, PACKETS]), egress: { tos: null, proof: 'none' } },
  })
  expect(verdictAt(judged([o]), 'VRN-5')).toBe('inconclusive cannot-mark')
})

test('one unreadable packet keeps the rest from passing', () => {
  const o = stream({ out: { tos: { seen: [{ value: EF, packets: 2999 }], unseen: 1 } } })
  expect(verdictAt(judged([o]), 'VRN-5')).toBe('inconclusive cannot-see-mark')
})

test('nothing seen at all does not pass', () => {
  const o = stream({ out: { tos: marks(), loss: { ...GOOD_LEG.loss, received: 0 } } })
  expect(verdictAt(judged([o]), 'VRN-5')).toBe('inconclusive no-reply')
})

test('marks are counted by name, the most frequent first', () => {
  const tos = marks([0, 5], [32, 4], [96, 3], [4, 2], [176, 1], [252, 1])
  const { detail, value } = findingAt(judged([stream({ out: { tos } })]), 'VRN-5')
  expect(detail).toBe('CS0 (0) on 5, CS1 (8) on 4, CS3 (24) on 3, LE (1) on 2, 2 other values')
  expect(value).toBe(0)
})

test('a mark lost on the way back is not looked for with a trace of the way out', () => {
  const lost = { tos: marks([0, PACKETS]), egress: WATCHED }
  const judgement = judged([stream({ out: lost, back: lost })])
  expect(findingAt(judgement, 'VRN-5').advice).toMatch(/^find the hop with voip-ready path/)
  expect(findingAt(judgement, 'VRN-5', 'back').advice).toMatch(/^trace the way back from its other/)
})
