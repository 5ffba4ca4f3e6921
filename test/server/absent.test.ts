import { expect, test, vi } from 'vitest'
import { SIGNERS } from '../support/evidence-world.ts'
import { answer, testCollector } from './support/collector.ts'
import { envelope, MINUTE, record, START } from './support/fixtures.ts'
import { enrolAgent } from './support/logged-world.ts'

vi.setConfig({ testTimeout: 120_000 })
const HOUR = 60 * MINUTE

test('a site that enrolled and never sent anything is CANNOT SAY with its cause, everywhere', async () => {
  const { store, get, clock, issue } = await testCollector()
  expect((await get('/api/v1/sites/leeds')).status, 'not known at all').toBe(404)
  await enrolAgent(store)
  clock.nowMs = START + 2 * HOUR
  // What other readers know is at most a second old.
  const sites = async () => (await get('/api/v1/sites')).body.counts.sites
  await expect.poll(sites, { timeout: 20_000 }).toBe(1)
  const list = (await get('/api/v1/sites')).body
  expect(list.counts).toEqual({ sites: 1, ready: 0, notReady: 0, cannotSay: 1, notJudgedYet: 0 })
  const row = {
    ...{ site: 'leeds', overall: 'CANNOT SAY', silent: true, cause: 'never-sent' },
    ...{ last: null, profile: null },
  }
  expect(list.sites).toMatchObject([
    { ...row, agents: [{ agent: 'leeds-1', up: false, lastRecordAt: null, recordsMissing: null }] },
  ])
  expect((await get('/api/v1/sites?overall=READY')).body.sites).toEqual([])
  const site = (await get('/api/v1/sites/leeds')).body
  expect(site).toMatchObject({
    ...row,
    window: { overall: 'CANNOT SAY', profile: { sha256: null } },
  })
  expect((await get('/api/v1/sites/leeds/findings')).body.overall).toBe('CANNOT SAY')

  const scraped = (await get('/metrics/sites')).text
  expect(scraped).toContain('voipready_agent_up{site="leeds",agent="leeds-1"} 0')
  expect(scraped, 'nothing of it is a figure').not.toMatch(/agent_last_record|records_missing/)
  const stranger = await issue('viewer', 'nobody')
  const theirs = { host: 'collector.example', ...stranger }
  // The token was made beside the collector, which looks for new ones ten times a second at most.
  const seen = async () => (await get('/api/v1/sites/leeds', theirs)).status
  await expect.poll(seen, { timeout: 20_000 }).toBe(404)
  expect((await get('/metrics/sites', theirs)).text).not.toContain('leeds')
})

test('its quarter hours are judged, on nothing: the timeline, the coverage and the verdicts say so', async () => {
  const { store, get, clock } = await testCollector()
  await enrolAgent(store)
  const nowMs = START + 2 * HOUR
  clock.nowMs = nowMs
  for (let at = START; at < START + HOUR; at += 15 * MINUTE) {
    await store.history.markSilent(at, nowMs)
  }
  const span = `from=${iso(START)}&to=${iso(START + HOUR)}`
  const timeline = async () => (await get(`/api/v1/sites/leeds/timeline?${span}`)).body
  const all = { timeout: 20_000, interval: 100 }
  await expect.poll(async () => (await timeline()).overall?.cannotSay, all).toEqual([1, 1, 1, 1])
  expect(await timeline()).toMatchObject({
    overall: { ready: [0, 0, 0, 0], notReady: [0, 0, 0, 0] },
  })
  const { places } = (await get(`/api/v1/sites/leeds/coverage?${span}`)).body
  expect(
    places.map((place: { farEnd: string; share: number }) => [place.farEnd, place.share]),
  ).toEqual([
    ['primary', 0],
    ['secondary', 0],
  ])
  const { overall } = (await get(`/api/v1/sites/leeds/findings?${span}`)).body
  expect(overall).toMatchObject([{ overall: 'CANNOT SAY' }])
})

test('an agent beside another that is heard is missed, until its first record', async () => {
  const { store, get, deliver, clock, profileSha256 } = await testCollector()
  expect((await deliver(envelope(record(profileSha256, { agent: 'leeds-1' })))).status).toBe(201)
  await enrolAgent(store, 'leeds-2')
  clock.nowMs += 1000
  const up = async () => (await get('/metrics/sites')).text.match(/^voipready_agent_up.*$/gm)
  await expect
    .poll(up, { timeout: 20_000 })
    .toEqual([
      'voipready_agent_up{site="leeds",agent="leeds-1"} 1',
      'voipready_agent_up{site="leeds",agent="leeds-2"} 0',
    ])
})

test('an agent whose key was taken back is not called silent: the metric and the list say since when, and why', async () => {
  const { app, store, get, deliver, clock, issue, profileSha256 } = await testCollector()
  expect((await deliver(envelope(record(profileSha256)))).status).toBe(201)
  // It delivered by a token before it enrolled; the other one was never heard.
  await enrolAgent(store)
  await enrolAgent(store, 'leeds-2', SIGNERS.reflector)
  const headers = { ...(await issue('admin')), host: 'localhost:8460' }
  const revoked = async () =>
    (await get('/metrics/sites')).text.match(/^voipready_agent_revoked_timestamp_seconds.*$/gm)
  const site = async () => (await get('/api/v1/sites/leeds')).body
  const takeBack = async (agent: string) => {
    const url = `/api/v1/sites/leeds/agents/${agent}/revoke`
    // The keys were put beside the collector, which looks for new ones ten times a second at most.
    const taken = async () =>
      (await answer(app, { method: 'POST', url, headers, payload: { why: 'stolen' } })).status
    await expect.poll(taken, { timeout: 20_000 }).toBe(200)
  }
  clock.nowMs = START + HOUR
  expect(await revoked()).toBeNull()
  expect(await site()).toMatchObject({ silent: true, cause: 'silent' })

  const since = (agent: string, atMs: number) =>
    `voipready_agent_revoked_timestamp_seconds{site="leeds",agent="${agent}"} ${atMs / 1000}`
  await takeBack('leeds-1')
  expect(await revoked()).toEqual([since('leeds-1', START + HOUR)])
  expect(await site(), 'the other one should be heard').toMatchObject({ cause: 'silent' })

  clock.nowMs += MINUTE
  await takeBack('leeds-2')
  expect(await revoked(), 'of who was never heard nothing is missed').toEqual([
    since('leeds-1', START + HOUR),
  ])
  expect(await site()).toMatchObject({ overall: 'CANNOT SAY', silent: true, cause: 'revoked' })
  const { sites } = (await get('/api/v1/sites')).body
  expect(sites).toMatchObject([{ cause: 'revoked', agents: [{ revoked: true }] }])
})

const iso = (ms: number) => new Date(ms).toISOString()
