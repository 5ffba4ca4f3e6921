import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { observePath } from '../../../../agent/probes/path/observe-path.ts'
import { pathProbe } from '../../../../agent/probes/path/path.ts'
import type { TraceAnswer, Traced, TraceRow } from '../../../../agent/trace/types.ts'
import { PathObservationSchema } from '../../../../shared/record/path.ts'
import { profileWith, siteWith } from '../../../shared/verdict/scenes.ts'

const KEY = { id: 'leeds', secret: 's' }
const TARGET = { farEnd: 'primary', address: '192.0.2.1', port: 4000, key: KEY } as const
const EF = 184

function row(ttl: number, answer: Partial<TraceAnswer> | null, more: Partial<TraceRow> = {}) {
  const kind = 'time-exceeded'
  const base = { kind, from: `10.0.${ttl}.1`, code: 0, mtu: 0, rttMs: ttl, tos: EF } as const
  const whole = answer === null ? null : { ...base, tosBack: null, ttlLeft: null, ...answer }
  return { shape: 'voice', ttl, octets: 200, notSent: false, ...more, answer: whole } as TraceRow
}
const echo = (ttl: number, tos = EF) =>
  row(ttl, { kind: 'echo', from: TARGET.address, tos, tosBack: EF, ttlLeft: 1 })
const traced = (rows: readonly TraceRow[], more: Partial<Traced> = {}): Traced => ({
  ...{ target: TARGET, from: 0, to: 1000, method: 'raw', leftTos: EF, rows, ...more },
})
const observed = (rows: readonly TraceRow[], more: Partial<Traced> = {}) =>
  v.parse(PathObservationSchema, observePath(traced(rows, more), 46, siteWith(), null))

test('several changes are each placed; a mark set back is one more', () => {
  const seen = observed([row(1, {}), row(2, { tos: 0 }), row(3, { tos: 40 }), echo(4)])
  expect(seen.changes.map(({ from, to, after, at }) => [from, to, after.ttl, at.ttl])).toEqual([
    [46, 0, 1, 2],
    [0, 10, 2, 3],
    [10, 46, 3, null],
  ])
})

test('a mark that this host itself changed is seen between it and the wire', () => {
  const seen = observed([row(1, { tos: 0 }), echo(2, 0)], { leftTos: 0 })
  expect(seen).toMatchObject({ left: 0, changes: [] })
})

test('silent hops at the end of a way that is not reached are no hops', () => {
  const seen = observed([row(1, {}), row(2, {}), row(3, null), row(4, null)])
  expect(seen.hops.map(({ ttl }) => ttl)).toEqual([1, 2])
  expect(seen).toMatchObject({ reached: false, distance: null, arrived: null })
})

test('large probes that get no answer where small ones do not either say nothing of the MTU', () => {
  const large = (ttl: number, answer: Partial<TraceAnswer> | null) =>
    row(ttl, answer, { shape: 'large', octets: 1500 })
  const small = [row(1, {}), row(1, {}), row(2, null), row(2, null), echo(3)]
  expect(observed([...small, large(1, {}), large(2, null), large(2, null)]).mtu).toBeNull()
  // Rarely answered, and answered beyond: a silent router, not a black hole.
  const all = [row(1, {}), row(1, {}), row(2, {}), row(2, {}), echo(3)]
  const beyond = [large(1, null), large(1, null), large(2, {}), large(2, {})]
  expect(observed([...all, ...beyond]).mtu).toBeNull()
})

test('the next look tells which hop has moved, and parallel paths have not', async () => {
  const looks = [
    [row(1, {}), row(2, {}), row(2, { from: '10.9.9.9' }), echo(3)],
    [row(1, { from: '10.8.8.8' }), row(2, { from: '10.9.9.9' }), echo(3)],
  ]
  const probe = pathProbe(async () => [traced(looks.shift() ?? [])])
  const context = {
    ...{ profile: profileWith(), site: siteWith(), earlier: [], nowMs: () => 0 },
    farEnds: [{ ...TARGET, path: 'MPLS' as const }],
    progress: () => undefined,
  }
  const { signal } = new AbortController()
  expect((await probe.run(context, signal))[0]).not.toHaveProperty('moved')
  expect((await probe.run(context, signal))[0]).toMatchObject({
    moved: [{ ttl: 1, before: '10.0.1.1', now: '10.8.8.8' }],
  })
})

test('whatever answers come, what is observed is valid and small enough for a record', () => {
  const answer = fc.record({
    kind: fc.constantFrom('time-exceeded', 'unreachable', 'too-big', 'echo'),
    from: fc.constantFrom('10.0.0.1', '10.0.0.2', '192.0.2.1', '2001:db8::1'),
    code: fc.nat(255),
    mtu: fc.nat(65_535),
    rttMs: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true })),
    tos: fc.option(fc.nat(255)),
    tosBack: fc.option(fc.nat(255)),
    ttlLeft: fc.option(fc.nat(255)),
  })
  const rows = fc.array(
    fc.record({
      shape: fc.constantFrom('voice', 'large', 'spread'),
      ttl: fc.integer({ min: 1, max: 30 }),
      octets: fc.constantFrom(200, 1500),
      notSent: fc.boolean(),
      answer: fc.option(answer),
    }),
    { maxLength: 120 },
  )
  fc.assert(
    fc.property(rows, (some) => {
      expect(JSON.stringify(observed(some as TraceRow[])).length).toBeLessThan(16_000)
    }),
    { numRuns: 200 },
  )
})
