import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { RefusedSignIns } from '../../../server/access/refused-sign-ins.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { until } from '../../support/until.ts'
import { answer, type TestCollector, testCollector } from '../support/collector.ts'
import { START } from '../support/fixtures.ts'

const MINUTE = 60_000
const PASSWORD = 'correct horse battery'
let collector: TestCollector
let admin: { readonly authorization: string }

beforeEach(async () => {
  collector = await testCollector({ readAccess: 'token' })
  admin = await collector.issue('admin')
  const user = { name: 'anna', password: PASSWORD, role: 'admin' }
  expect((await send('POST', '/api/v1/users', user, admin)).status).toBe(201)
})

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT'
const send = (method: Method, url: string, body: unknown, headers: object = {}) =>
  answer(collector.app, {
    ...{ method, url },
    ...(method === 'GET' || method === 'DELETE' ? {} : { payload: JSON.stringify(body) }),
    headers: {
      host: 'voip.example',
      ...(method === 'GET' || method === 'DELETE' ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  })
const signIn = (name: string, password: string) =>
  send('POST', '/api/v1/session', { name, password })

async function session() {
  const found = await signIn('anna', PASSWORD)
  expect(found.status, found.text).toBe(201)
  const cookie = String(found.headers['set-cookie']).split(';')[0] ?? ''
  return { cookie, csrf: String(found.body.csrf), set: String(found.headers['set-cookie']) }
}

const ENTRY = { customer: 'Acme' }

describe('a session', () => {
  test('reads by its cookie, and changes only with its CSRF token', async () => {
    const { cookie, csrf, set } = await session()
    expect(set).toMatch(/HttpOnly/)
    expect(set).toMatch(/SameSite=Strict/)
    expect((await send('GET', '/api/v1/users', null, { cookie })).status).toBe(200)
    const put = (headers: object) =>
      send('PUT', '/api/v1/sites/leeds/entry', ENTRY, { cookie, ...headers })
    for (const headers of [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': 'x'.repeat(43) }]) {
      const refused = await put(headers)
      expect([refused.status, refused.body.type]).toEqual([403, 'urn:voip-ready:problem:csrf'])
    }
    expect((await put({ 'x-csrf-token': csrf })).status).toBe(200)
    const me = await send('GET', '/api/v1/session', null, { cookie })
    expect(me.body).toEqual({ name: 'user:anna', role: 'admin', customer: null, csrf })
  })
  test('ends by signing out, by idleness, by age, and with its account', async () => {
    const reads = async (cookie: string) =>
      (await send('GET', '/api/v1/users', null, { cookie })).status
    const out = await session()
    const headers = { cookie: out.cookie, 'x-csrf-token': out.csrf }
    expect((await send('DELETE', '/api/v1/session', null, headers)).status).toBe(204)
    expect(await reads(out.cookie)).toBe(401)

    const idle = await session()
    collector.clock.nowMs += 121 * MINUTE
    expect(await reads(idle.cookie)).toBe(401)

    const old = await session()
    for (let hour = 0; hour < 11; hour += 1) {
      collector.clock.nowMs += 60 * MINUTE
      expect(await reads(old.cookie)).toBe(200)
    }
    collector.clock.nowMs += 61 * MINUTE
    expect(await reads(old.cookie)).toBe(401)

    const shut = await session()
    expect((await send('PATCH', '/api/v1/users/anna', { disabled: true }, admin)).status).toBe(200)
    expect(await reads(shut.cookie)).toBe(401)
    expect((await signIn('anna', PASSWORD)).status).toBe(401)
  })
  test('is kept as a digest, and the password as a slow hash', async () => {
    const { cookie } = await session()
    const id = cookie.split('=')[1] ?? ''
    expect(await collector.store.access.findSession(id)).toBeNull()
    const [user] = await collector.store.access.users()
    expect(user?.password).toMatch(/^scrypt\$32768\$8\$1\$/)
    expect(user?.password).not.toContain(PASSWORD)
  })
})

describe('signing in', () => {
  test('must wait for 15 minutes after five wrong passwords, and says so', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      expect((await signIn('anna', `wrong ${turn}`)).status).toBe(401)
    }
    const blocked = await signIn('anna', PASSWORD)
    expect([blocked.status, blocked.headers['retry-after']]).toEqual([429, '900'])
    collector.clock.nowMs += 15 * MINUTE + 1
    expect((await signIn('anna', PASSWORD)).status).toBe(201)
    expect((await signIn('anna', 'wrong again')).status).toBe(401)
    expect((await signIn('anna', PASSWORD)).status).toBe(201)
  })
  test('lets no more than five through of many at once', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => signIn('anna', 'wrong wrong')))
    const statuses = all.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(7)
  })
  test('counts names that do not exist in the same way, and an address over all names', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      expect((await signIn('nobody', 'wrong')).body.type).toBe(
        'urn:voip-ready:problem:login-failed',
      )
    }
    expect((await signIn('nobody', 'wrong')).status).toBe(429)
    for (let turn = 0; turn < 15; turn += 1) await signIn(`other-${turn}`, 'wrong')
    expect((await signIn('anna', PASSWORD)).status).toBe(429)
  })
  test('attempts of a quarter hour ago are forgotten although nobody signs in after them', async () => {
    const directory = temporaryDirectory()
    const before = await openSqliteStore(directory, START)
    const fail = (subject: string, atMs: number) =>
      before.access.takeLoginTurn([{ subject, failures: 5 }], atMs, 15 * MINUTE)
    for (let n = 0; n < 20; n++) await fail(`account:made-up-${n}`, START - 15 * MINUTE)
    await fail('account:of-now', START)
    await before.close()
    await testCollector({ directory })
    const file = new Sqlite(join(directory, 'collector.sqlite'), { readonly: true })
    onTestFinished(() => void file.close())
    const kept = () => file.prepare('select subject from login_failure').pluck().all()
    await until(() => kept().length < 21)
    expect(kept()).toEqual(['account:of-now'])
  })
  test('that is refused again and again is one entry a minute, and the kinds of it are few', async () => {
    const { store, clock } = collector
    const entries = async () => {
      const all = await store.access.readAudit({ site: null, before: null, limit: 100 })
      return all
        .filter(({ action }) => action === 'session.refuse')
        .map(({ detail }) => detail)
        .reverse()
    }
    clock.nowMs = Math.ceil(clock.nowMs / MINUTE) * MINUTE
    await Promise.all([1, 2, 3].map(() => signIn('anna', 'wrong')))
    await signIn('ben', 'wrong')
    const mine = { name: 'anna', address: '127.0.0.1' }
    const bens = { ...mine, name: 'ben', times: 1 }
    expect(await entries()).toEqual([{ ...mine, times: 3 }, bens])
    clock.nowMs += MINUTE
    await signIn('anna', 'wrong')
    expect(await entries()).toEqual([{ ...mine, times: 3 }, bens, { ...mine, times: 1 }])
    clock.nowMs += MINUTE
    const refused = new RefusedSignIns({ book: store.access, nowMs: () => clock.nowMs })
    for (let n = 0; n < 60; n += 1) await refused.note('anna', `192.0.2.${n}`)
    const of = (await entries()).slice(3)
    expect([of.length, of.at(-1)]).toEqual([21, { others: true, times: 40 }])
  })
})
