import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, test } from 'vitest'
import { sourceOf } from '../../../server/access/source.ts'
import { PLAIN } from '../../../server/routes/access-routes.ts'
import { answer, sharedCollector, type TestCollector, testCollector } from '../support/collector.ts'

const BEHIND = { ...PLAIN, behindProxy: true }
const SITES = '/api/v1/sites'
let local: TestCollector
beforeAll(async () => {
  local = await sharedCollector()
})

describe('reading without a token', () => {
  test('is for nobody where a proxy is said to stand in front', async () => {
    const collector = await testCollector({ serving: BEHIND })
    expect((await collector.get(SITES)).status).toBe(401)
    expect((await collector.get(SITES, collector.viewer)).status).toBe(200)
  })
  test.each([
    ...['forwarded', 'via', 'x-real-ip', 'x-forwarded-for', 'x-forwarded-proto'],
    ...['x-forwarded-server', 'x-original-host', 'cf-connecting-ip', 'true-client-ip'],
  ])('is not for what a proxy passed on with %s', async (name) => {
    expect((await local.get(SITES, { [name]: '198.51.100.7' })).status).toBe(401)
  })
  test('is not for what a proxy passes on that was told nothing: HTTP/1.0, and the name it dialled', async () => {
    const collector = await testCollector()
    const port = Number(new URL(await collector.app.listen({ port: 0 })).port)
    const ask = async (line: string) => {
      const socket = connect(port, '127.0.0.1')
      socket.write(`${line}\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`)
      return (await text(socket)).slice(9, 12)
    }
    expect(await ask(`GET ${SITES} HTTP/1.1`)).toBe('200')
    expect(await ask(`GET ${SITES} HTTP/1.0`)).toBe('401')
    expect(await ask(`GET http://voip.example${SITES} HTTP/1.1`)).toBe('401')
  })
})

describe('signing in', () => {
  /** The answer to one more wrong password when an address, or a network, has had all of its own. */
  async function oneMore(spent: string, behindProxy: boolean, forwarded: string) {
    const collector = await testCollector({ serving: { ...PLAIN, behindProxy } })
    const limit = [{ subject: `address:${spent}`, failures: 20 }]
    for (let turn = 0; turn < 20; turn += 1) {
      await collector.store.access.takeLoginTurn(limit, collector.clock.nowMs, 900_000)
    }
    const { status } = await answer(collector.app, {
      ...{ method: 'POST', url: '/api/v1/session' },
      payload: JSON.stringify({ name: 'anna', password: 'wrong' }),
      headers: { 'content-type': 'application/json', 'x-forwarded-for': forwarded },
    })
    return status
  }
  test.each([
    [
      'by the address that the proxy saw, whatever it was told',
      '203.0.113.7',
      '10.9.8.7, 203.0.113.7',
    ],
    [
      'by network where addresses are to be had for nothing',
      '2001:db8:0:7::/64',
      '2001:db8:0:7::99',
    ],
  ])('behind a proxy is limited %s', async (_, spent, forwarded) => {
    expect(await oneMore(spent, true, forwarded)).toBe(429)
  })
  test('behind a proxy is not limited by what others do', async () => {
    expect(await oneMore('203.0.113.7', true, '203.0.113.7, 203.0.113.8')).toBe(401)
  })
  test('without one is limited by the address that connects', async () => {
    expect(await oneMore('127.0.0.1', false, '203.0.113.8')).toBe(429)
  })
})

test('a session over TLS is taken from no cookie that another host could have set', async () => {
  const collector = await testCollector({ serving: BEHIND })
  const admin = await collector.issue('admin')
  const headers = { 'content-type': 'application/json', 'x-forwarded-proto': 'https' }
  const user = { name: 'anna', password: 'correct horse battery', role: 'viewer' }
  const post = (url: string, body: object, more = {}) =>
    answer(collector.app, {
      ...{ method: 'POST', url, payload: JSON.stringify(body) },
      headers: { ...headers, ...more },
    })
  expect((await post('/api/v1/users', user, admin)).status).toBe(201)
  const { name, password } = user
  const signedIn = await post('/api/v1/session', { name, password })
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? ''
  expect(cookie).toMatch(/^__Host-voip-ready-session=/)
  const reads = async (sent: string) =>
    (await collector.get(SITES, { cookie: sent, 'x-forwarded-proto': 'https' })).status
  expect(await reads(cookie.replace('__Host-', ''))).toBe(401)
  expect(await reads(`${cookie.replace('__Host-', '')}; ${cookie}`)).toBe(200)
})

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['::1', '::/64'],
  ['unknown', 'unknown'],
  ['x'.repeat(100), 'x'.repeat(64)],
])('%s is counted as %s', (address, source) => {
  expect(sourceOf(address)).toBe(source)
})
