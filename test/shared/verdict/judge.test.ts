import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Observation } from '../../../shared/record/kinds.ts'
import { rollUp } from '../../../shared/verdict/roll-up.ts'
import {
  type Change,
  delayOf,
  findingAt,
  jitterOf,
  judged,
  lossOf,
  MINUTE,
  marks,
  PACKETS,
  profileWith,
  START,
  STREAM_LINES,
  silent,
  siteWith,
  spread,
  stream,
} from './scenes.ts'

const BOTH = [stream(), stream({ farEnd: 'secondary' })]

test('all five stream lines pass at both data centres: READY for those lines', () => {
  const judgement = judged(BOTH, { onlyLines: STREAM_LINES })
  expect(judgement.overall).toBe('READY')
  expect(judgement.onlyLines).toEqual(STREAM_LINES)
  expect(judgement.counts).toEqual({ pass: 20, fail: 0, inconclusive: 0, 'not-tested': 0 })
})

test('one data centre is not enough', () => {
  expect(judged([stream()], { onlyLines: STREAM_LINES }).overall).toBe('CANNOT SAY')
})

test('one bad data centre is NOT READY', () => {
  const bad = stream({ farEnd: 'secondary', back: { jitter: jitterOf(31) } })
  const judgement = judged([stream(), bad], { onlyLines: STREAM_LINES })
  expect(judgement.overall).toBe('NOT READY')
  expect(judgement.findings[0]).toMatchObject({ verdict: 'fail', farEnd: 'secondary', leg: 'back' })
})

test('lines that no probe looked at keep the whole from READY, each with its reason', () => {
  const judgement = judged(BOTH)
  expect(judgement.overall).toBe('CANNOT SAY')
  expect(findingAt(judgement, 'VRN-1').reason).toBe('load-not-tested')
  expect(findingAt(judgement, 'VRN-2', 'none', 'none').reason).toBe('probe-not-run')
  expect(findingAt(judgement, 'RCM-01', 'none', 'none')).toMatchObject({
    verdict: 'not-tested',
    reason: 'needs-site-value',
    detail: 'missing: rtpPorts',
  })
})

test('a waived line decides nothing and prints why; waiving all lines proves nothing', () => {
  const site = siteWith({ waive: { 'VRN-4': 'agreed: no jitter figure' } })
  const judgement = judged([], { site, onlyLines: ['VRN-4'] })
  expect(findingAt(judgement, 'VRN-4', 'none', 'none')).toMatchObject({
    required: false,
    reason: 'waived',
    detail: 'agreed: no jitter figure',
  })
  expect(judgement.overall).toBe('CANNOT SAY')
})

test('a line that the profile does not have is refused by name', () => {
  expect(() => judged(BOTH, { onlyLines: ['VRN-99'] })).toThrow(
    /--only: wanted a line of test .*found VRN-99/,
  )
})

test('without a site file nothing is guessed', () => {
  const judgement = judged(BOTH, { site: null })
  expect(findingAt(judgement, 'VRN-7', 'out').reason).toBe('needs-site-value')
  expect(findingAt(judgement, 'RCM-01', 'none', 'none').reason).toBe('needs-site-value')
  expect(findingAt(judgement, 'VRN-4', 'out').verdict).toBe('pass')
  expect(findingAt(judged([stream()], { site: null }), 'VRN-4', 'out', 'secondary').reason).toBe(
    'no-data',
  )
})

test('a required line keeps a required finding, whichever legs and far ends carry voice', () => {
  const at = fc.constantFrom('site', 'data-centre', undefined)
  const between = fc.constantFrom('site-site' as const, 'site-dc' as const)
  const legs = fc.subarray<'out' | 'back'>(['out', 'back'], { minLength: 1 })
  fc.assert(
    fc.property(between, legs, at, at, (where, which, first, second) => {
      const voice = { between: where, legs: which, reading: 'any' }
      const farEnds = {
        primary: { reflector: '192.0.2.1', at: first },
        secondary: { reflector: '192.0.2.2', at: second },
      }
      const change = { profile: profileWith({ voice }), site: siteWith({ farEnds }) }
      const { findings } = judged(BOTH, change)
      for (const id of STREAM_LINES) {
        expect(findings.some((f) => f.id === id && f.required)).toBe(true)
      }
    }),
  )
})

test('judging does not depend on the order of the observations', () => {
  const next = { from: START + MINUTE, to: START + 2 * MINUTE }
  const all = [
    ...BOTH,
    stream({ ...next, out: { jitter: jitterOf(40) } }),
    stream({ ...next, farEnd: 'secondary' }),
  ]
  const period = { to: START + 2 * MINUTE }
  expect(judged([...all].reverse(), period)).toEqual(judged(all, period))
})

test('any fail on a required line beats what is undecided, and that beats a pass', () => {
  const of = (...verdicts: readonly ('pass' | 'fail' | 'inconclusive' | 'not-tested')[]) =>
    rollUp(verdicts.map((verdict) => ({ verdict, required: true })))
  expect(of('pass', 'inconclusive', 'fail')).toBe('NOT READY')
  expect(of('pass', 'not-tested')).toBe('CANNOT SAY')
  expect(of('pass', 'pass')).toBe('READY')
  expect(of()).toBe('CANNOT SAY')
  expect(
    rollUp([
      { verdict: 'fail', required: false },
      { verdict: 'pass', required: true },
    ]),
  ).toBe('READY')
})

const MINUTES = 4
const PERIOD = { from: START, to: START + MINUTES * MINUTE }

/** Windows of every kind: good, slow, jittery, lossy, unmarked, disturbed, faulty, silent. */
const change: fc.Arbitrary<Change> = fc.record(
  {
    out: fc.oneof(
      fc.nat(60).map((ms) => ({ jitter: jitterOf(ms) })),
      fc.nat(300).map((ms) => ({ delay: delayOf(ms, ms + 20) })),
      fc.tuple(fc.nat(200), fc.nat(200)).map(([a, b]) => ({ loss: lossOf(a, PACKETS, b) })),
      fc.constant({ jitter: null, delay: null, tos: marks() }),
    ),
    back: fc.constantFrom({ tos: marks([0, PACKETS]) }, { loss: lossOf(0, 0) }),
    calls: fc.constantFrom(1, 2),
    rtt: fc.nat(400).map((ms) => spread(ms)),
    rttReachesLimit: fc.constantFrom(0, 100, PACKETS),
    rttReachesTwiceLimit: fc.constantFrom(0, 400),
    clocks: fc.constantFrom({ fault: 'step' } as const, { offset: null }),
    instrument: fc.constantFrom(
      { notSent: 500 },
      { stalls: 4, worstStallMs: 90 },
      { hostDrops: 60 },
    ),
    gaps: fc.constant([{ from: START + 5_000, to: START + 8_000, cause: 'no-session' } as const]),
  },
  { requiredKeys: [] },
)

const observations: fc.Arbitrary<readonly Observation[]> = fc
  .array(
    fc.record({
      minute: fc.nat(MINUTES - 1),
      farEnd: fc.constantFrom('primary', 'secondary'),
      // Mostly good: otherwise nothing would ever pass, and the law would hold for nothing.
      change: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: change }),
      dark: fc.nat(20).map((roll) => roll === 0),
    }),
    { maxLength: 16 },
  )
  .map((rows) => {
    const windows = new Map(rows.map((row) => [`${row.farEnd} ${row.minute}`, row]))
    return [...windows.values()].map(({ minute, farEnd, change: own, dark }) => {
      const at = { from: START + minute * MINUTE, to: START + (minute + 1) * MINUTE }
      const place = { ...own, ...at, farEnd: farEnd as 'primary' | 'secondary' }
      return dark ? silent(PACKETS, { ...at, farEnd: place.farEnd }) : stream(place)
    })
  })

const placesOf = (given: readonly Observation[], verdict: string) =>
  judged(given, PERIOD)
    .findings.filter((f) => f.verdict === verdict)
    .map((f) => `${f.id} ${f.farEnd} ${f.leg}`)

test('no observations, no pass', () => {
  for (const site of [siteWith(), null]) {
    for (const legs of [['out', 'back'], ['out']] as const) {
      const voice = { between: 'site-dc' as const, legs: [...legs], reading: 'any' }
      const judgement = judged([], { site, profile: profileWith({ voice }) })
      expect(judgement.counts.pass).toBe(0)
      expect(judgement.overall).toBe('CANNOT SAY')
    }
  }
})

test('taking observations away never turns a verdict into pass', () => {
  fc.assert(
    fc.property(
      observations,
      fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
      (all, keep) => {
        const passed = new Set(placesOf(all, 'pass'))
        const some = all.filter((_, index) => keep[index])
        expect(placesOf(some, 'pass').filter((place) => !passed.has(place))).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
})

test('the same window delivered twice changes nothing', () => {
  fc.assert(
    fc.property(observations, (all) => {
      expect(judged([...all, ...all.map((o) => ({ ...o }))], PERIOD)).toEqual(judged(all, PERIOD))
    }),
    { numRuns: 50 },
  )
})

test('a pass rests on packets, and its whole interval is within the limit', () => {
  fc.assert(
    fc.property(observations, (all) => {
      for (const f of judged(all, PERIOD).findings.filter(({ verdict }) => verdict === 'pass')) {
        expect(f.n).toBeGreaterThanOrEqual(100)
        if (f.unit === 'ms') expect(f.interval?.[1]).toBeLessThan(f.limit ?? 0)
        if (f.unit === 'ratio') expect(f.interval?.[1]).toBeLessThanOrEqual(f.limit ?? 0)
      }
    }),
    { numRuns: 200 },
  )
})

test('every line has a finding at every place, whatever was seen', () => {
  fc.assert(
    fc.property(observations, (all) => {
      const judgement = judged(all, PERIOD)
      for (const id of STREAM_LINES) {
        for (const leg of ['out', 'back'] as const) {
          findingAt(judgement, id, leg, 'primary')
          findingAt(judgement, id, leg, 'secondary')
        }
      }
      const total = Object.values(judgement.counts).reduce((sum, count) => sum + count, 0)
      expect(total).toBe(judgement.findings.length)
    }),
    { numRuns: 50 },
  )
})

test('the law about taking away is not empty: these windows do pass when complete', () => {
  const full = Array.from({ length: MINUTES }, (_, i) =>
    stream({ from: START + i * MINUTE, to: START + (i + 1) * MINUTE }),
  )
  expect(placesOf(full, 'pass')).toHaveLength(10)
  expect(placesOf(full.slice(1), 'pass')).toHaveLength(0)
})
