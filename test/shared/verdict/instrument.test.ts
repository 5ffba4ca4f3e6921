import { expect, test } from 'vitest'
import {
  type Change,
  delayOf,
  findingAt,
  jitterOf,
  judged,
  lossOf,
  MINUTE,
  PACKETS,
  START,
  silent,
  spread,
  stream,
  verdictAt,
} from './scenes.ts'

const lossy = (lost: number, change: Change = {}) =>
  stream({ back: { loss: lossOf(lost) }, ...change })

test('drops of this host that explain the loss leave it undecided', () => {
  const judgement = judged([lossy(100, { instrument: { receiveOverflows: 80 } })])
  expect(verdictAt(judgement, 'VRN-6', 'back')).toBe('inconclusive host')
  expect(findingAt(judgement, 'VRN-6', 'back')).toMatchObject({ value: 100 / PACKETS, n: PACKETS })
  expect(findingAt(judgement, 'VRN-6', 'back').detail).toContain('dropped 80 packets itself')
})

test('drops of the reflector that explain a loss out leave it undecided', () => {
  const o = (leg: 'out' | 'back', reflectorOverflows: number | null) =>
    stream({ [leg]: { loss: lossOf(100) }, instrument: { reflectorOverflows } })
  expect(verdictAt(judged([o('out', 80)]), 'VRN-6', 'out')).toBe('inconclusive host')
  expect(findingAt(judged([o('out', 80)]), 'VRN-6', 'out').detail).toContain(
    "the reflector's host dropped 80 packets itself",
  )
  expect(verdictAt(judged([o('out', 20)]), 'VRN-6', 'out')).toBe('fail over-limit')
  expect(verdictAt(judged([o('out', null)]), 'VRN-6', 'out')).toBe('fail over-limit')
})

test('drops of the reflector excuse nothing on the way back', () => {
  const o = lossy(100, { instrument: { reflectorOverflows: 80 } })
  expect(verdictAt(judged([o]), 'VRN-6', 'back')).toBe('fail over-limit')
})

test('loss far beyond what the host dropped still convicts', () => {
  const o = lossy(400, { instrument: { receiveOverflows: 20, hostDrops: 25 } })
  expect(verdictAt(judged([o]), 'VRN-6', 'back')).toBe('fail over-limit')
})

test('drops of the whole host count as well, and not twice', () => {
  const o = (hostDrops: number) => lossy(100, { instrument: { receiveOverflows: 40, hostDrops } })
  expect(verdictAt(judged([o(40)]), 'VRN-6', 'back')).toBe('fail over-limit')
  expect(verdictAt(judged([o(80)]), 'VRN-6', 'back')).toBe('inconclusive host')
})

test('a stream that left in clumps convicts nobody', () => {
  const lateness = { p50Ms: 1, p99Ms: 20.1, maxMs: 90 }
  const bad = { loss: lossOf(300), jitter: jitterOf(50), delay: delayOf(400) }
  const slow = { rtt: spread(500), rttReachesLimit: PACKETS, rttReachesTwiceLimit: PACKETS }
  const judgement = judged([stream({ instrument: { lateness }, out: bad, ...slow })])
  for (const line of ['VRN-3', 'VRN-4', 'VRN-6']) {
    expect(verdictAt(judgement, line)).toBe('inconclusive host')
  }
  expect(judgement.findings.filter((f) => f.leg === 'either')).toHaveLength(0)
})

test('a pass stays a pass when the disturbance could only have made it worse', () => {
  const lateness = { p50Ms: 1, p99Ms: 30, maxMs: 90 }
  const o = stream({ instrument: { lateness, stalls: 3, worstStallMs: 50, receiveOverflows: 2 } })
  const judgement = judged([o])
  for (const line of ['VRN-3', 'VRN-4', 'VRN-5', 'VRN-6']) {
    expect(findingAt(judgement, line).verdict).toBe('pass')
  }
})

test('packets that were never sent void even a pass', () => {
  const o = (notSent: number) =>
    stream({ instrument: { scheduled: 3000, sent: 3000 - notSent, notSent } })
  expect(verdictAt(judged([o(30)]), 'VRN-6')).toBe('pass within-limit')
  expect(verdictAt(judged([o(31)]), 'VRN-6')).toBe('inconclusive host')
  expect(verdictAt(judged([o(31)]), 'VRN-5')).toBe('pass mark-arrived')
})

test('a mark that changed is a fact, however late the packets left', () => {
  const o = stream({
    instrument: { lateness: { p50Ms: 1, p99Ms: 40, maxMs: 90 } },
    out: { tos: { seen: [{ value: 0, packets: PACKETS }], unseen: 0 } },
  })
  expect(verdictAt(judged([o]), 'VRN-5')).toBe('fail mark-changed')
})

test('stalls excuse as many packets as they may have delayed, and no more', () => {
  const delay = { ...delayOf(20), mayReachLimit: 200, mustReachLimit: 200 }
  const o = (stalls: number) =>
    stream({
      out: { delay },
      rtt: spread(200),
      rttReachesLimit: PACKETS,
      instrument: { stalls, worstStallMs: 100 },
    })
  expect(verdictAt(judged([o(9)]), 'VRN-3')).toBe('fail over-limit')
  expect(verdictAt(judged([o(10)]), 'VRN-3')).toBe('inconclusive host')
})

test('stamps of the program convict only well beyond the limit', () => {
  const o = (ms: number) =>
    stream({ capabilities: { receiveStamp: 'user' }, back: { jitter: jitterOf(ms) } })
  expect(verdictAt(judged([o(39)]), 'VRN-4', 'back')).toBe('inconclusive host')
  expect(verdictAt(judged([o(41)]), 'VRN-4', 'back')).toBe('fail over-limit')
})

test('where nothing counts drops, a stall long enough to fill the buffer excuses the loss', () => {
  const unknown = { receiveOverflows: null, hostDrops: null }
  const short = lossy(300, { instrument: { ...unknown, stalls: 1, worstStallMs: 100 } })
  const long = lossy(300, { instrument: { ...unknown, stalls: 1, worstStallMs: 5000 } })
  expect(verdictAt(judged([short]), 'VRN-6', 'back')).toBe('fail over-limit')
  expect(verdictAt(judged([long]), 'VRN-6', 'back')).toBe('inconclusive host')
})

test('one bad window takes nothing from the proof of the sound ones', () => {
  const lateness = { p50Ms: 1, p99Ms: 40, maxMs: 90 }
  const second = { from: START + MINUTE, to: START + 2 * MINUTE }
  const both = [lossy(300), lossy(300, { ...second, instrument: { lateness } })]
  expect(verdictAt(judged(both, { to: START + 2 * MINUTE }), 'VRN-6', 'back')).toBe(
    'fail over-limit',
  )
})

test('an instrument that sent nothing is to blame itself', () => {
  const o = silent(0, { instrument: { sent: 0, notSent: 3000 } })
  expect(verdictAt(judged([o]), 'VRN-6')).toBe('inconclusive host')
})
