import * as v from 'valibot'
import { expect, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { parseStored } from '../../../server/ingest/parse.ts'
import {
  FindingsAnswer,
  ProfileAnswer,
  SiteAnswer,
  SitesAnswer,
} from '../../../server/routes/schemas.ts'
import { linesRead } from '../../../shared/shown/line-read.ts'
import { judge } from '../../../shared/verdict/judge.ts'
import { jitterOf, stream } from '../../shared/verdict/scenes.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { type TestCollector, testCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

/** Delivers minutes [first, last] after START, with the clock just behind each. */
async function deliverMinutes(to: TestCollector, first: number, last: number, jitterMs = 2) {
  for (let minute = first; minute <= last; minute += 1) {
    const base = record(to.profileSha256, { minute })
    const { from, to: until } = base.window
    const legs = { out: { jitter: jitterOf(jitterMs) }, back: {} }
    const observations = (['primary', 'secondary'] as const).map((farEnd) =>
      stream({ farEnd, from, to: until, ...legs }),
    )
    to.clock.nowMs = Math.max(to.clock.nowMs, until + 2000)
    const answer = await to.deliver(envelope({ ...base, observations }))
    expect(answer.status).toBe(201)
  }
}

interface Row {
  readonly id: string
  readonly leg: string
  readonly verdict: string
  readonly meaning: string
}
const jitterOut = (findings: readonly Row[]) =>
  findings.filter(({ id, leg }) => id === 'VRN-4' && leg === 'out').map(({ verdict }) => verdict)

test('the newest window is judged by the collector itself, as the judge would', async () => {
  const collector = await testCollector()
  await deliverMinutes(collector, 0, 1, 40)
  const { body } = await collector.get('/api/v1/sites/leeds')
  expect(v.is(SiteAnswer, body)).toBe(true)
  expect(body.overall).toBe('NOT READY')
  expect(body.window.period).toMatchObject({
    kind: 'window',
    from: new Date(START + MINUTE).toISOString(),
    records: 1,
  })
  const { profile, sha256 } = await loadProfile('pureconnect-rcm')
  const [newest] = await collector.store.newest()
  if (newest === undefined) throw new Error('no record')
  const sent = parseStored(newest.newest)
  const { from, to } = sent.window
  const own = judge({ profile, sha256, site: null, observations: sent.observations, from, to })
  expect(body.window.counts).toEqual(own.counts)
  expect(jitterOut(body.window.findings)).toEqual(['fail', 'fail'])
  expect(body.window.lines).toEqual(linesRead(profile, null, own.findings))
  expect(body.window.lines).toContainEqual({
    ...{ id: 'DHCP-4', kind: 'dhcp-option', line: 483 },
    reading:
      'Exactly this, upper and lower case as printed: paths on boot servers tell them apart.',
  })
})

test('a command that a collector advises names no file: it asks for a run there', async () => {
  const collector = await testCollector()
  await deliverMinutes(collector, 0, 0, 40)
  const { body } = await collector.get('/api/v1/sites/leeds')
  const advised = (id: string) =>
    body.window.findings.find((found: Row) => found.id === id && found.verdict !== 'pass')?.advice
  expect(advised('VRN-4')).toMatch(
    /; then: voip-ready collector run ask leeds check --lines VRN-4$/,
  )
  expect(advised('VRN-1')).toMatch(/; then: voip-ready collector run ask leeds qos$/)
  expect(JSON.stringify(body)).not.toContain('--site FILE')
})

test('at= judges the quarter hour that contains it, and the default is the newest', async () => {
  const collector = await testCollector()
  await deliverMinutes(collector, 0, 14, 40)
  await deliverMinutes(collector, 15, 17, 2)
  const ask = async (query: string) =>
    (await collector.get(`/api/v1/sites/leeds/findings${query}`)).body
  const past = await ask('?at=2026-03-02T10:07:30Z')
  expect(v.is(FindingsAnswer, past)).toBe(true)
  expect(past.period).toEqual({
    kind: 'interval',
    from: '2026-03-02T10:00:00.000Z',
    to: '2026-03-02T10:15:00.000Z',
    complete: true,
    records: 15,
    leftOut: 0,
  })
  expect(jitterOut(past.findings)).toEqual(['fail', 'fail'])
  const newest = await ask('')
  expect(newest.period).toMatchObject({
    from: '2026-03-02T10:15:00.000Z',
    to: '2026-03-02T10:18:00.000Z',
    complete: false,
    records: 3,
  })
  expect(jitterOut(newest.findings)).toEqual(['pass', 'pass'])
  const offset = await ask('?at=2026-03-02T11:07:30%2B01:00')
  expect(offset.period).toEqual(past.period)
})

test('a time without records is CANNOT SAY, never a pass', async () => {
  const collector = await testCollector()
  await deliverMinutes(collector, 0, 0)
  const { body } = await collector.get('/api/v1/sites/leeds/findings?at=2025-01-01T00:00:00Z')
  expect([body.overall, body.period.records, body.counts.pass]).toEqual(['CANNOT SAY', 0, 0])
})

test('a silent site is CANNOT SAY now, and what it last was stays in sight', async () => {
  const collector = await testCollector()
  await deliverMinutes(collector, 0, 0, 40)
  collector.clock.nowMs += 7 * MINUTE
  const { body } = await collector.get('/api/v1/sites')
  expect(v.is(SitesAnswer, body)).toBe(true)
  const [site] = body.sites
  expect([site.overall, site.silent, site.last.overall]).toEqual(['CANNOT SAY', true, 'NOT READY'])
  expect(site.agents[0].up).toBe(false)
})

test('the newest state is the same after a restart, holes counted', async () => {
  const directory = temporaryDirectory()
  const ends: (() => Promise<void>)[] = []
  const first = await testCollector({ directory, onEnd: (stop) => ends.push(stop) })
  await deliverMinutes(first, 0, 0)
  await deliverMinutes(first, 3, 3, 40)
  const before = (await first.get('/api/v1/sites/leeds')).body
  await ends[0]?.()
  const second = await testCollector({ directory })
  second.clock.nowMs = first.clock.nowMs
  expect((await second.get('/api/v1/sites/leeds')).body).toEqual(before)
  expect(before.agents[0].recordsMissing).toBe(2)
})

test('records under an unknown profile are kept, and said not to be judged', async () => {
  const collector = await testCollector()
  const answer = await collector.deliver(envelope(record('f'.repeat(64))))
  expect(answer.status).toBe(201)
  const { body } = await collector.get('/api/v1/sites/leeds')
  expect([body.overall, body.window.profile.known, body.window.counts]).toEqual([
    'CANNOT SAY',
    false,
    null,
  ])
})

test('a profile is served by its hash', async () => {
  const collector = await testCollector()
  const { body } = await collector.get(`/api/v1/profiles/${collector.profileSha256}`)
  expect(v.is(ProfileAnswer, body)).toBe(true)
  expect(body.profile.id).toBe('pureconnect-rcm')
  expect((await collector.get(`/api/v1/profiles/${'0'.repeat(64)}`)).status).toBe(404)
  expect((await collector.get('/api/v1/sites/nowhere')).body.type).toContain('unknown-site')
})
