import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { QosObservation } from '../../../shared/record/qos.ts'
import { pair, underLoad } from './qos-looks.ts'
import {
  delayOf,
  findingAt,
  judged,
  lineWith,
  lossOf,
  marks,
  PACKETS,
  profileWith,
  START,
  stream,
  verdictAt,
} from './scenes.ts'

const said = (seen: QosObservation, leg: 'out' | 'back' = 'out') =>
  verdictAt(judged([seen]), 'VRN-1', leg)
const looked = (...fares: Parameters<typeof pair>) => underLoad({ loaded: pair(...fares) })
const LOST_TENTH = { out: { loss: lossOf(300) } }

test('a queue that best effort waits in and marked voice does not: the leg passes', () => {
  expect(said(underLoad())).toBe('pass priority-kept')
  const { detail } = findingAt(judged([underLoad()]), 'VRN-1')
  expect(detail).toBe(
    'load 1.28 Mbit/s each way beside 1 + 1 calls; best effort +89.7 ms p95, 0 of 3000 lost; ' +
      'EF +0.9 ms p95, 0 of 3000 lost',
  )
})

test('a pass names the paper of the vendor that it was not held against, as a voice VLAN does', () => {
  const document = { title: 'QoS for the xIC Platform' }
  const profile = profileWith({ requirements: lineWith('VRN-1', { document }) })
  const at = (leg: 'out' | 'back') => findingAt(judged([underLoad()], { profile }), 'VRN-1', leg)
  const paper = 'not held against QoS for the xIC Platform, whose values the profile does not have'
  expect(at('out')).toMatchObject({ verdict: 'pass', detail: expect.stringContaining(paper) })
  expect(at('back')).toMatchObject({
    verdict: 'inconclusive',
    detail: expect.not.stringContaining(paper),
  })
})

test('the leg that nobody waited on is not proven by the other', () => {
  expect(said(underLoad(), 'back')).toBe('inconclusive no-congestion')
  expect(findingAt(judged([underLoad()]), 'VRN-1', 'back').advice).toContain('at the other side')
})

test('one queue for all: marked voice waits, or is dropped, alike', () => {
  expect(said(looked({ aboveMs: 88 }, { aboveMs: 90 }))).toBe('fail no-priority')
  expect(said(looked({ change: LOST_TENTH }, { change: LOST_TENTH }))).toBe('fail no-priority')
})

test('it fails inside the limits too: 88 ms of queue are no priority', () => {
  const seen = looked({ aboveMs: 88, change: { out: { delay: delayOf(100) } } }, { aboveMs: 90 })
  expect(said(seen)).toBe('fail no-priority')
})

test('best effort dropped and marked voice whole: the leg passes without a queue', () => {
  expect(said(looked({}, { change: LOST_TENTH }))).toBe('pass priority-kept')
})

test('best effort that waited, perhaps for its own host, is no want of load: the host is named', () => {
  const stalled = { instrument: { stalls: 10, worstStallMs: 400 } }
  const now = looked({}, { aboveMs: 90, change: stalled })
  const before = underLoad({ before: pair({}, { change: stalled }, null) })
  for (const seen of [now, before]) {
    expect(said(seen)).toBe('inconclusive host')
    const { detail, advice } = findingAt(judged([seen]), 'VRN-1')
    expect(detail).toContain('stalls may have delayed 200 packets')
    expect(advice).not.toContain('more load')
  }
})

test('where voice was missing on a way that was full, the other way is not told that nobody waited', () => {
  const why = '13.9 % of marked voice was missing'
  const { advice } = findingAt(
    judged([underLoad({ ended: 'voice-suffered', why })]),
    'VRN-1',
    'back',
  )
  expect(advice).toContain('at the other side')
  expect(advice).not.toContain('nobody had to wait')
})

test('neither spared nor held up: nothing is said', () => {
  expect(said(looked({ aboveMs: 45 }, { aboveMs: 90 }))).toBe('inconclusive priority-unclear')
})

test('no queue within what was allowed: how much was offered, and what would help', () => {
  const seen = underLoad({ loaded: pair({}, {}), ended: 'cap' })
  expect(said(seen)).toBe('inconclusive no-congestion')
  const { detail, advice } = findingAt(judged([seen]), 'VRN-1')
  expect(detail).toContain('load 1.28 Mbit/s each way')
  expect(advice).toContain('10.00 Mbit/s')
  expect(advice).toContain('voip-ready qos')
})

test('a far end that fell silent under load is neither a pass nor a want of load', () => {
  const gaps = [{ from: START + 3000, to: START + 5000, cause: 'no-session' as const }]
  const spared = underLoad({ loaded: pair({ aboveMs: 1.2, change: { gaps } }, { aboveMs: 90 }) })
  expect(said(spared)).toBe('inconclusive no-reply')
  const ended = { ended: 'voice-suffered', why: '86.6 % of marked voice was missing' } as const
  const quiet = underLoad({ loaded: pair({ change: { gaps } }, {}), ...ended })
  expect(said(quiet)).toBe('inconclusive no-reply')
  const { advice } = findingAt(judged([quiet]), 'VRN-1')
  expect(advice).toMatch(/UDP passes both ways; then: voip-ready qos --site FILE$/)
  // Voice that waits alike fails by what was seen before.
  const alike = pair({ aboveMs: 88, change: { gaps } }, { aboveMs: 90 })
  expect(said(underLoad({ loaded: alike }))).toBe('fail no-priority')
})

test('what ended a look that made nobody wait says what to do next, and never to try what cannot show it', () => {
  const adviceOf = (change: Partial<QosObservation>) =>
    findingAt(judged([underLoad({ loaded: pair({}, {}), ...change })]), 'VRN-1').advice
  expect(adviceOf({ ended: 'stopped' })).toContain('let it run to its end')
  const why = '12.0 % of marked voice was missing'
  expect(adviceOf({ ended: 'voice-suffered', why })).toContain(`${why}, though nobody had to wait`)
  const bleached = looked({ change: { out: { tos: marks([0, PACKETS]) } } }, { aboveMs: 90 })
  expect(said(bleached)).toBe('fail mark-changed')
  expect(findingAt(judged([bleached]), 'VRN-1').advice).toMatch(
    /; then: voip-ready qos --site FILE$/,
  )
})

test('losses and spread that were there without load are no congestion', () => {
  const lossy = { change: { out: { loss: lossOf(20) } } }
  expect(said(underLoad({ before: pair(lossy, lossy, null), loaded: pair(lossy, lossy) }))).toBe(
    'inconclusive no-congestion',
  )
  const wild = { aboveMs: 40 }
  expect(
    said(underLoad({ before: pair(wild, wild, null), loaded: pair({}, { aboveMs: 70 }) })),
  ).toBe('inconclusive no-congestion')
})

test('a way that lost voice before any load is told so, with what it lost and what would help', () => {
  const lossy = { aboveMs: 128, n: 2700, change: LOST_TENTH }
  const worse = { aboveMs: 130, n: 1800, change: { out: { loss: lossOf(1200) } } }
  const before = pair(lossy, lossy, null)
  const looks = [
    underLoad({ before, loaded: pair(worse, worse) }),
    underLoad({ before, loaded: pair(lossy, lossy), ended: 'cap' }),
    underLoad({
      before,
      loaded: null,
      ended: 'voice-suffered',
      why: '10.0 % of marked voice was missing',
    }),
  ]
  for (const seen of looks) {
    expect(said(seen)).toBe('inconclusive broken-before-load')
    const { detail, advice } = findingAt(judged([seen]), 'VRN-1')
    expect(detail).toContain(
      'the way out without load: VRN-6 fail, EF +128.0 ms p95 above the fastest, 300 of 3000 lost, best effort',
    )
    expect(detail).not.toContain('VRN-6 not decided')
    expect(advice).toMatch(/fills this way or loses there.*; then: voip-ready qos --site FILE$/)
  }
  // The other leg says why it had no load either.
  expect(findingAt(judged([looks[2] ?? underLoad()]), 'VRN-1', 'back')).toMatchObject({
    ...{ reason: 'broken-before-load' },
    detail: expect.stringMatching(
      /^no load was offered: 10.0 % .*; the way out without load: VRN-6 fail/,
    ),
  })
  // Losses that its own host may have made convict no way, and are told as its own.
  const why = '10.0 % of marked voice was missing'
  const hosts = { change: { ...LOST_TENTH, instrument: { reflectorOverflows: 300 } } }
  const early = {
    before: pair(hosts, {}, null),
    loaded: null,
    ended: 'voice-suffered',
    why,
  } as const
  expect(said(underLoad(early))).toBe('inconclusive host')
  expect(findingAt(judged([underLoad(early)]), 'VRN-1').detail).toContain('dropped 300 packets')
  const own = { ...lossy, change: { ...LOST_TENTH, instrument: { reflectorOverflows: 300 } } }
  expect(
    said(underLoad({ before: pair(own, own, null), loaded: pair(own, own), ended: 'cap' })),
  ).toBe('inconclusive no-congestion')
})

test('where its own calls may be what fills the way, fewer of them are advised; of one there are none fewer', () => {
  const adviceFor = (calls: number) => {
    const lossy = { change: { ...LOST_TENTH, calls } }
    const seen = underLoad({ before: pair(lossy, lossy, null), loaded: pair(lossy, lossy) })
    return findingAt(judged([seen]), 'VRN-1').advice
  }
  expect(adviceFor(5)).toContain('5 + 5 calls of this look')
  expect(adviceFor(1)).not.toContain('--calls')
})

test('a bleached mark fails as it always did, and an unseen one leaves it open', () => {
  const bleached = { change: { out: { tos: marks([0, PACKETS]) } } }
  expect(said(looked(bleached, { aboveMs: 90 }))).toBe('fail mark-changed')
  const unseen = { change: { out: { tos: { seen: [], unseen: PACKETS } } } }
  expect(said(looked(unseen, { aboveMs: 90 }))).toBe('inconclusive cannot-see-mark')
  const raised = { aboveMs: 90, change: { out: { tos: marks([184, PACKETS]) } } }
  expect(said(looked({}, raised))).toBe('inconclusive priority-unclear')
})

test('a disturbed host convicts nobody and clears nobody', () => {
  const starved = { instrument: { scheduled: PACKETS, sent: 2000, notSent: 1000 } }
  expect(said(looked({ aboveMs: 88, change: starved }, { aboveMs: 90 }))).toBe('inconclusive host')
  expect(said(looked({}, { aboveMs: 90, change: starved }))).toBe('inconclusive host')
  const dropped = { ...LOST_TENTH, instrument: { reflectorOverflows: 300 } }
  expect(said(looked({}, { change: dropped }))).toBe('inconclusive no-congestion')
  const load = { calls: 16, kbit: 1280, scheduled: 4800, notSent: 900, reached: 3, returned: 3 }
  expect(said(underLoad({ loaded: pair({}, {}, load), ended: 'cap' }))).toBe('inconclusive host')
})

test('without a load nothing is said: refused, silent or stopped', () => {
  const none = { loaded: null }
  expect(said(underLoad({ ...none, ended: 'refused', why: 'sessions, limit 3' }))).toBe(
    'inconclusive refused',
  )
  expect(said(underLoad({ ...none, ended: 'unanswered' }))).toBe('inconclusive no-reply')
  expect(said(underLoad({ ...none, ended: 'stopped' }))).toBe('inconclusive load-not-tested')
})

test('marks seen to be lost elsewhere outweigh what a look under load found', () => {
  const lost = stream({ out: { tos: marks([0, PACKETS]) } })
  expect(verdictAt(judged([lost, underLoad()]), 'VRN-1')).toBe('fail mark-changed')
  expect(verdictAt(judged([stream(), underLoad()]), 'VRN-1')).toBe('pass priority-kept')
})

test('nothing seen at another time answers for silence', () => {
  const later = { from: underLoad().to, to: underLoad().to + 60_000 }
  expect(verdictAt(judged([underLoad()], later), 'VRN-1')).toBe('not-tested no-data')
})

test('no pass without a queue, enough packets of both streams, and the mark', () => {
  const n = fc.constantFrom(0, 50, PACKETS)
  const fare = fc.record({
    aboveMs: fc.constantFrom(0.3, 8, 30, 90, 400),
    packets: n,
    lost: fc.constantFrom(0, 0, 0.1),
    tos: fc.constantFrom(184, 0),
    notSent: fc.constantFrom(0, 0, 900),
  })
  const made = ({ aboveMs, packets, lost, tos, notSent }: FareDraw) => ({
    aboveMs,
    n: packets,
    change: {
      out: { loss: lossOf(Math.round(lost * packets), packets), tos: marks([tos, packets]) },
      instrument: { scheduled: PACKETS, sent: PACKETS - notSent, notSent },
    },
  })
  fc.assert(
    fc.property(fare, fare, (marked, plain) => {
      const verdict = said(looked(made(marked), made(plain)))
      if (!verdict.startsWith('pass')) return
      expect(marked.tos).toBe(184)
      expect(plain.tos).toBe(0)
      expect(marked.packets).toBe(PACKETS)
      expect(plain.packets).toBe(PACKETS)
      expect(marked.notSent + plain.notSent).toBe(0)
      expect(plain.aboveMs >= 20 || plain.lost > 0).toBe(true)
      expect(marked.lost).toBe(0)
      expect(marked.aboveMs).toBeLessThanOrEqual(Math.max(20, 0.26 * plain.aboveMs))
    }),
    { numRuns: 150 },
  )
})

interface FareDraw {
  readonly aboveMs: number
  readonly packets: number
  readonly lost: number
  readonly tos: number
  readonly notSent: number
}
