import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StreamObservation } from '../../../shared/record/observation.ts'
import {
  type Change,
  judged,
  lineWith,
  lossOf,
  MINUTE,
  marks,
  PACKETS,
  profileWith,
  START,
  siteWith,
  spread,
  stream,
} from './scenes.ts'

const N = 30_000
const SITE = siteWith({
  segments: [
    { name: 'lan', reflector: '192.0.2.8', owner: 'Customer' },
    { name: 'access', reflector: '192.0.2.9', owner: 'Carrier' },
  ],
})
const to = (segment: string, lost: number, change: Change = {}): StreamObservation =>
  stream({ ...change, segment, out: { loss: lossOf(lost, N), ...change.out } })
const whole = (lost: number, change: Change = {}): StreamObservation =>
  stream({ ...change, out: { loss: lossOf(lost, N), ...change.out } })

function segments(observations: readonly StreamObservation[], leg = 'out') {
  const { findings } = judged(observations, { site: SITE })
  return findings.filter((f) => f.id === 'VRN-6' && f.farEnd === 'primary' && f.leg === leg)
}
const said = (observations: readonly StreamObservation[]) =>
  Object.fromEntries(
    segments(observations).map((f) => [f.segment ?? 'whole', `${f.verdict} ${f.reason}`]),
  )

test('loss in one segment convicts that segment alone, beside the whole way', () => {
  expect(said([to('lan', 0), to('access', 900), whole(903)])).toEqual({
    whole: 'fail over-limit',
    lan: 'pass within-limit',
    access: 'fail over-limit',
    'to-primary': 'pass within-limit',
  })
})

test('the finding names segment and owner, the loss to both borders, and the delay it adds', () => {
  const found = segments([
    to('lan', 0, { rtt: spread(10) }),
    to('access', 900, { rtt: spread(30) }),
    whole(903),
  ]).find((f) => f.segment === 'access')
  expect(found?.detail).toBe(
    'segment access (Carrier) out: 3.00 % lost to the border of access; ' +
      '0.00 % lost to the border of lan; adds 20.00 ms to the smallest round trip',
  )
  expect(found?.value).toBeCloseTo(0.03)
  expect(found?.advice).toContain('segment access with Carrier')
})

test('losses multiply along the way: two lossy segments are taken apart', () => {
  const found = segments([to('lan', 1500), to('access', 1500), whole(2925)])
  const value = (name: string) => found.find((f) => f.segment === name)?.value
  expect(value('lan')).toBeCloseTo(0.05)
  expect(value('access')).toBe(0)
  expect(value('to-primary')).toBeCloseTo(1 - (1 - 0.0975) / 0.95)
})

test('a border that was not heard leaves its neighbours open, unless the whole way is good', () => {
  expect(said([to('access', 900), whole(903)])).toMatchObject({
    lan: 'inconclusive no-reply',
    access: 'inconclusive no-reply',
  })
  expect(said([whole(3)])).toMatchObject({ lan: 'pass within-limit', access: 'pass within-limit' })
})

test('a short run decides no segment', () => {
  const short = (lost: number) => ({ out: { loss: lossOf(lost, 200) } })
  const seen = [
    stream({ segment: 'lan', ...short(0) }),
    stream({ segment: 'access', ...short(2) }),
    stream(short(2)),
  ]
  expect(said(seen)).toMatchObject({ access: 'inconclusive too-few-packets' })
})

test('a segment that was seen for a part of the time passes for none of it', () => {
  const quarter = { from: START, to: START + 15 * MINUTE }
  const of = (seen: readonly StreamObservation[]) =>
    Object.fromEntries(
      judged(seen, { site: SITE, ...quarter })
        .findings.filter((f) => f.id === 'VRN-6' && f.farEnd === 'primary' && f.leg === 'out')
        .map((f) => [f.segment ?? 'whole', `${f.verdict} ${f.reason}`]),
    )
  const minutes = (make: (change: Change) => StreamObservation) =>
    Array.from({ length: 15 }, (_, at) =>
      make({ from: START + at * MINUTE, to: START + (at + 1) * MINUTE }),
    )
  const lan = minutes((change) => to('lan', 0, change))
  const far = minutes((change) => whole(900, change))
  expect(of([...lan, ...far])).toMatchObject({ lan: 'pass within-limit' })
  expect(of([...lan.slice(0, 1), ...far])).toMatchObject({ lan: 'inconclusive partly-observed' })
  // The whole way vouches for its parts in its own time alone.
  const good = minutes((change) => whole(0, change))
  expect(of(good)).toMatchObject({ lan: 'pass within-limit', access: 'pass within-limit' })
  expect(of(good.slice(0, 14))).toMatchObject({ lan: 'inconclusive partly-observed' })
})

test('few packets pass no segment, however many went on beyond it', () => {
  const site = SITE
  const profile = profileWith({ requirements: lineWith('VRN-6', { decide: 'point' }) })
  const few = stream({ segment: 'lan', out: { loss: lossOf(0, 5) } })
  const lan = judged([few, whole(900)], { site, profile }).findings.find(
    (f) => f.segment === 'lan' && f.leg === 'out' && f.farEnd === 'primary',
  )
  expect(`${lan?.verdict} ${lan?.reason}`).toBe('inconclusive too-few-packets')
})

test('nothing at all never passes', () => {
  for (const f of segments([])) expect(f.verdict).not.toBe('pass')
})

test('streams to borders are no voice of the far end', () => {
  const { findings } = judged([to('lan', 0)], { site: SITE })
  const whole = findings.filter((f) => f.farEnd === 'primary' && f.segment === undefined)
  expect(whole.filter((f) => f.verdict === 'pass')).toEqual([])
})

test('the interval holds the segment’s true loss, is within 0 and 1, and its low end is no proof by chance', () => {
  const lost = fc.integer({ min: 0, max: 3000 })
  fc.assert(
    fc.property(lost, lost, (a, b) => {
      for (const f of segments([to('lan', a), to('access', b), whole(b)])) {
        const [low, high] = f.interval ?? [0, 1]
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeLessThanOrEqual(1)
        expect(low).toBeLessThanOrEqual(high)
        if (f.segment === 'access' && b <= a) expect(f.verdict).not.toBe('fail')
      }
    }),
    { numRuns: 60 },
  )
})

test('a mark lost between two borders names the segment and its owner', () => {
  const bleached = { out: { loss: lossOf(0, N), tos: marks([0, PACKETS]) } }
  const seen = [to('lan', 0), stream({ segment: 'access', ...bleached }), stream(bleached)]
  const { findings } = judged(seen, { site: SITE })
  const found = findings.find((f) => f.id === 'VRN-5' && f.farEnd === 'primary' && f.leg === 'out')
  expect(found?.verdict).toBe('fail')
  expect(found?.detail).toContain('lost in segment access (Carrier)')
  expect(found?.detail).not.toContain('alone')
  expect(found?.advice).toContain('ask Carrier to trust EF in segment access')
})

test('a segment is named by the agent alone where a border told nothing, and on the way back always', () => {
  const marked = { tos: marks([0, PACKETS]) }
  const detailOf = (leg: 'out' | 'back', near: Change) => {
    const change = { [leg]: { loss: lossOf(0, N), ...marked } }
    const seen = [stream({ segment: 'lan', ...near }), stream({ segment: 'access', ...change })]
    const { findings } = judged([...seen, stream(change)], { site: SITE })
    return findings.find((f) => f.id === 'VRN-5' && f.farEnd === 'primary' && f.leg === leg)?.detail
  }
  const alone = "lost in segment access (Carrier), by the agent's count alone"
  expect(detailOf('out', {})).toMatch(/lost in segment access \(Carrier\)(?!, by)/)
  expect(detailOf('out', { attribution: 'replies' })).toContain(alone)
  expect(detailOf('back', {})).toContain(alone)
})
