import { createHash, randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { RECORDS_GONE } from '../../../server/history/keeper.ts'
import { PinMade, PinsAnswer } from '../../../server/routes/history-schemas.ts'
import { type TestCollector, testCollector } from '../support/collector.ts'
import { envelope, record, START } from '../support/fixtures.ts'

/** A bearer token of the store, as headers; to be made before anybody asks, so that it is known. */
async function bearer(collector: TestCollector, role: 'admin' | 'viewer', customer: string | null) {
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  await collector.store.access.addToken(
    {
      ...{
        id,
        secretSha256: createHash('sha256').update(secret).digest('hex'),
        name: `it-${role}`,
      },
      ...{ role, customer, site: null, agent: null, addedMs: START, expiresMs: null },
    },
    { id, atMs: START, actor: 'console:test', action: 'token.add', site: null, detail: {} },
  )
  return { authorization: `Bearer vr_${id}_${secret}` }
}

const PINS = '/api/v1/sites/leeds/pins'
const BODY = { from: '2026-03-02T10:00:00Z', to: '2026-03-02T11:00:00Z', why: 'claim 7' }

async function change(
  { app }: TestCollector,
  method: 'POST' | 'DELETE',
  url: string,
  headers: { readonly authorization?: string },
  body?: unknown,
) {
  const host = { host: '127.0.0.1:8460' }
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) }
  const found = await app.inject({
    method,
    url,
    headers: { ...host, ...json, ...headers },
    ...payload,
  })
  return { status: found.statusCode, body: found.json() }
}

test('an administrator pins a time and releases it, each act is noted, and it stays to be read', async () => {
  const collector = await testCollector()
  const admin = await bearer(collector, 'admin', null)
  await collector.deliver(envelope(record(collector.profileSha256)))
  const made = await change(collector, 'POST', PINS, admin, BODY)
  expect(made.status).toBe(201)
  expect(v.is(PinMade, made.body)).toBe(true)
  const { id } = made.body.pin
  const listed = (await collector.get(PINS)).body
  expect(v.is(PinsAnswer, listed)).toBe(true)
  expect(listed.pins).toMatchObject([
    { id, why: 'claim 7', by: 'token:it-admin', releasedAt: null },
  ])
  for (const _ of [1, 2]) {
    const released = await change(collector, 'DELETE', `${PINS}/${id}`, admin)
    expect([released.status, released.body.pin.releasedAt]).toEqual([200, expect.any(String)])
  }
  const audit = await collector.store.access.readAudit({ site: 'leeds', before: null, limit: 10 })
  expect(audit.map(({ action }) => action)).toEqual(['pin.release', 'pin.add'])
})

test('a pin of a time whose records may be gone says so when it is made, and in the audit', async () => {
  const collector = await testCollector()
  const admin = await bearer(collector, 'admin', null)
  await collector.deliver(envelope(record(collector.profileSha256)))
  const lacks = async () => {
    const made = await change(collector, 'POST', PINS, admin, BODY)
    expect(v.is(PinMade, made.body)).toBe(true)
    return made.body.mayLackBefore
  }
  expect(await lacks()).toBe(null)
  await collector.store.history.reach(RECORDS_GONE, Date.parse(BODY.from))
  expect(await lacks()).toBe(null)
  await collector.store.history.reach(RECORDS_GONE, Date.parse(BODY.from) + 60_000)
  expect(await lacks()).toBe('2026-03-02T10:01:00.000Z')
  const [newest] = await collector.store.access.readAudit({
    site: 'leeds',
    before: null,
    limit: 1,
  })
  expect(newest?.detail).toMatchObject({ mayLackBefore: '2026-03-02T10:01:00.000Z' })
})

test('who may only read may not pin, and what is no time is refused', async () => {
  const collector = await testCollector()
  const admin = await bearer(collector, 'admin', null)
  const viewer = await bearer(collector, 'viewer', null)
  await collector.deliver(envelope(record(collector.profileSha256)))
  expect((await change(collector, 'POST', PINS, {}, BODY)).status).toBe(401)
  expect((await change(collector, 'POST', PINS, viewer, BODY)).status).toBe(403)
  const wrong = await change(collector, 'POST', PINS, admin, { ...BODY, to: BODY.from })
  expect([wrong.status, wrong.body.wanted]).toEqual([400, 'from before to'])
  const none = `${PINS}/00000000-0000-7000-8000-000000000000`
  const unknown = await change(collector, 'DELETE', none, admin)
  expect([unknown.status, unknown.body.type]).toEqual([404, 'urn:voip-ready:problem:unknown-pin'])
})

test('a site of another customer has no past, and is counted nowhere', async () => {
  const collector = await testCollector()
  const viewer = await bearer(collector, 'viewer', 'another')
  await collector.deliver(envelope(record(collector.profileSha256)))
  for (const path of ['', '/timeline', '/coverage', '/pins', '/findings']) {
    const { status, body } = await collector.get(`/api/v1/sites/leeds${path}`, viewer)
    expect([path, status, body.type]).toEqual([path, 404, 'urn:voip-ready:problem:unknown-site'])
  }
  const { body } = await collector.get('/api/v1/sites', viewer)
  expect([body.sites, body.counts.sites]).toEqual([[], 0])
})
