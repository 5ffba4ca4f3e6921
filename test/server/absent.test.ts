import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { newSecret } from '../../server/access/bearer.ts'
import type { Store } from '../../server/store/store.ts'
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
  expect(list.counts).toEqual({
    sites: 1,
    ready: 0,
    notReady: 0,
    cannotSay: 1,
    unseen: 1,
    notJudgedYet: 0,
  })
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

test('an agent by a token alone is told alike when its last token is revoked, and not when one ran out', async () => {
  // The token file of this collector has a token of leeds-1: one more that is revoked takes nothing from it.
  const { store, get, deliver, clock, profileSha256 } = await testCollector()
  const bearers = {
    first: await agentToken(store, 'leeds-2', null),
    second: await agentToken(store, 'leeds-2', null),
    ended: await agentToken(store, 'leeds-3', START + 2 * MINUTE),
    beside: await agentToken(store, 'leeds-1', null),
  }
  const sends = async (agent: string, { authorization }: { readonly authorization: string }) => {
    const body = envelope(record(profileSha256, { agent, boot: randomUUID() }))
    const sent = async () => (await deliver(body, { authorization })).status
    await expect.poll(sent, { timeout: 20_000 }).toBe(201)
  }
  await sends('leeds-1', bearers.beside)
  await sends('leeds-2', bearers.second)
  await sends('leeds-3', bearers.ended)
  const revoked = async () =>
    (await get('/metrics/sites')).text.match(/^voipready_agent_revoked_timestamp_seconds.*$/gm)
  const takeBack = async (id: string, atMs: number) => {
    const audit = {
      id: `r-${id}`,
      atMs,
      actor: 'test',
      action: 'token.revoke',
      site: null,
      detail: {},
    }
    expect(await store.access.revokeToken(id, atMs, audit)).toBe(true)
  }
  clock.nowMs = START + HOUR
  await takeBack(bearers.beside.id, clock.nowMs)
  await takeBack(bearers.first.id, clock.nowMs)
  await takeBack(bearers.second.id, clock.nowMs + 1000)
  // What other readers know is at most a second old.
  await expect
    .poll(revoked, { timeout: 20_000 })
    .toEqual([
      `voipready_agent_revoked_timestamp_seconds{site="leeds",agent="leeds-2"} ${clock.nowMs / 1000 + 1}`,
    ])
  const site = async () => (await get('/api/v1/sites/leeds')).body
  expect(await site(), 'leeds-1 and leeds-3 should be heard').toMatchObject({ cause: 'silent' })
  const { agents } = await site()
  const told = agents.map((one: { agent: string; revoked: boolean }) => [one.agent, one.revoked])
  expect(Object.fromEntries(told)).toEqual({ 'leeds-1': false, 'leeds-2': true, 'leeds-3': false })

  // It enrols: a key is in force, whatever became of its tokens.
  await enrolAgent(store, 'leeds-2')
  await expect.poll(revoked, { timeout: 20_000 }).toBeNull()
})

test('a site whose only agent had its token revoked has the cause revoked', async () => {
  const { store, get, deliver, clock, profileSha256 } = await testCollector()
  const { id, authorization } = await agentToken(store, 'york-1', null, 'york')
  const body = envelope(record(profileSha256, { site: 'york', agent: 'york-1' }))
  const sent = async () => (await deliver(body, { authorization })).status
  await expect.poll(sent, { timeout: 20_000 }).toBe(201)
  clock.nowMs = START + HOUR
  const cause = async () => {
    // The list alone, on loopback, looks at no token.
    await get('/metrics/sites')
    return (await get('/api/v1/sites/york')).body.cause
  }
  expect(await cause()).toBe('silent')
  const audit = {
    id: 'r',
    atMs: clock.nowMs,
    actor: 'test',
    action: 'token.revoke',
    site: 'york',
    detail: {},
  }
  await store.access.revokeToken(id, clock.nowMs, audit)
  await expect.poll(cause, { timeout: 20_000 }).toBe('revoked')
  expect((await deliver(body, { authorization })).status, 'nothing more is taken').toBe(401)
})

/** A token of the store that one agent delivers by; `expiresMs` null: it does not expire. */
async function agentToken(store: Store, agent: string, expiresMs: number | null, site = 'leeds') {
  const { written, ...secret } = newSecret()
  const audit = {
    id: `t-${secret.id}`,
    atMs: START,
    actor: 'test',
    action: 'token.add',
    site,
    detail: {},
  }
  const owner = { name: agent, role: 'agent' as const, customer: null, site, agent }
  await store.access.addToken({ ...owner, ...secret, addedMs: START, expiresMs }, audit)
  return { id: secret.id, authorization: `Bearer ${written}` }
}

const iso = (ms: number) => new Date(ms).toISOString()
