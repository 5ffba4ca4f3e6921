import helmet from '@fastify/helmet'
import { fastify } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { PLAIN } from '../../../server/routes/access-routes.ts'
import { answer, sharedCollector, type TestCollector, testCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

/** What anyone may ask: it says nothing of any site. */
const OPEN = ['/healthz', '/readyz']
let local: TestCollector
let guarded: TestCollector
let reading: string[]
beforeAll(async () => {
  local = await sharedCollector()
  guarded = await sharedCollector({ readAccess: 'token' })
  for (const one of [local, guarded]) await one.deliver(envelope(record(one.profileSha256)))
  reading = Object.entries(local.app.swagger().paths ?? {})
    .filter(([, methods]) => {
      const tags: readonly string[] = methods?.get?.tags ?? []
      return tags.includes('readers') || tags.includes('operations')
    })
    .map(([url]) => url.replace('{site}', 'leeds').replace('{sha256}', local.profileSha256))
})

const statuses = async (collector: TestCollector, headers: Record<string, string>) => {
  const found: Record<string, number> = {}
  for (const url of reading) {
    const { status } = await collector.get(url, headers)
    // Whether there is anything to read (a bundle, a run) is not the question here.
    found[url] = status === 401 || status === 403 ? status : 200
  }
  return found
}
const all = (status: number) =>
  Object.fromEntries(reading.map((url) => [url, OPEN.includes(url) ? 200 : status]))

describe('reading', () => {
  test('needs no token on loopback, asked by a loopback name', async () => {
    for (const host of ['localhost:8460', '127.0.0.1', '[::1]:8460']) {
      expect(await statuses(local, { host })).toEqual(all(200))
    }
  })
  test('needs a token on loopback when another name was asked for, or a proxy passed it on', async () => {
    expect(await statuses(local, { host: 'evil.example' })).toEqual(all(401))
    expect(await statuses(local, { 'x-forwarded-for': '198.51.100.7' })).toEqual(all(401))
  })
  test('needs a viewer token where tokens are asked for', async () => {
    expect(await statuses(guarded, {})).toEqual(all(401))
    expect(await statuses(guarded, guarded.agent)).toEqual(all(403))
    expect(await statuses(guarded, local.viewer)).toEqual(all(401))
    expect(await statuses(guarded, guarded.viewer)).toEqual(all(200))
  })
  test('needs a token when the collector listens beyond loopback', async () => {
    const collector = await testCollector({ listenHost: '0.0.0.0' })
    expect((await collector.get('/api/v1/sites')).status).toBe(401)
  })
})

test('who may read because he reaches the port asks by an address or a name of the collector', async () => {
  const serving = { ...PLAIN, publicUrl: 'https://noc.example:8460' }
  const open = { readAccess: 'open', ownNames: ['collector'], serving } as const
  const collector = await testCollector({ ...open, listenHost: '0.0.0.0' })
  await collector.deliver(envelope(record(collector.profileSha256)))
  const asked = (host: string, headers = {}) => collector.get('/api/v1/sites', { host, ...headers })
  const own = ['collector:8460', 'NOC.example', '192.0.2.7:8460', '[2001:db8::7]:8460', 'localhost']
  for (const host of own) expect((await asked(host)).status, host).toBe(200)
  expect(await asked('evil.example:8460')).toMatchObject({
    status: 421,
    body: {
      ...{ type: 'urn:voip-ready:problem:wrong-host', found: 'evil.example:8460' },
      repair: expect.stringContaining('--host-name'),
    },
  })
  expect((await asked('evil.example', collector.viewer)).status).toBe(200)
  expect((await asked('evil.example', collector.agent)).status).toBe(403)
})

test('the page runs only its own script and style, and holds no data', async () => {
  const page = await guarded.get('/')
  expect(page.status).toBe(200)
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toContain("script-src 'self';style-src 'self'")
  expect(page.text).not.toMatch(/<(script|style)[^>]*>[^<]/)
  expect(page.text).not.toContain('leeds')
  expect(page.text).not.toMatch(/https?:\/\/(?!www\.w3\.org)/)
})

test('what the page names is served to anybody, and need not be asked for again', async () => {
  const { text } = await guarded.get('/')
  const names = [...text.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, name = '']) => name)
  expect(names.map((name) => name.replace(/^.*\./, '')).sort()).toEqual(['css', 'js'])
  for (const name of names) {
    const part = await guarded.get(name)
    expect([part.status, part.headers['cache-control']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ])
    expect(part.headers['content-type']).toMatch(/^text\/(css|javascript); charset=utf-8$/)
    expect(part.text).not.toContain('leeds')
  }
  expect((await guarded.get('/assets/../index.html')).status).toBe(404)
})

test('/docs describes the interface, records included', async () => {
  const { body } = await local.get('/docs/json')
  expect(body.openapi).toBe('3.1.0')
  expect(Object.keys(body.components.schemas.Record.properties)).toContain('observations')
  const post = body.paths['/api/v1/records'].post
  expect(Object.keys(post.requestBody.content)).toEqual([
    'application/json',
    'application/x-ndjson',
  ])
  expect((await local.get('/docs')).status).toBe(200)
})

test('every answer carries a request id and the headers that keep browsers safe', async () => {
  for (const url of [...reading, '/', '/nothing']) {
    const { headers } = await local.get(url)
    expect(headers['x-request-id'], url).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers['x-content-type-options'], url).toBe('nosniff')
    expect(headers['content-security-policy'], url).toContain("default-src 'none'")
  }
})

test('these headers are the ones that helmet gives to a request, on every answer', async () => {
  const made = record(local.profileSha256, { sequence: 2 })
  const answers = [await local.get('/'), await local.get('/nothing')]
  answers.push(await local.deliver(envelope(made)), await local.deliver('{}'))
  const policy = String(answers[0]?.headers['content-security-policy']).split(';')
  const directives = Object.fromEntries(
    policy.map((text) => text.split(' ')).map(([name = '', ...values]) => [name, values]),
  )
  const app = fastify()
  app.register(helmet, { hsts: false, contentSecurityPolicy: { useDefaults: false, directives } })
  app.get('/', (_request, reply) => reply.send(reply.raw.getHeaders()))
  const wanted = (await app.inject('/')).json<Record<string, string>>()
  expect(Object.keys(wanted).length).toBeGreaterThan(8)
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 201, 400])
  for (const { headers } of answers) expect(headers).toMatchObject(wanted)
})

test('the address asked for, not the address asked from, decides', async () => {
  const found = await answer(local.app, {
    method: 'GET',
    url: '/api/v1/sites',
    remoteAddress: '127.0.0.1',
    headers: { host: 'voip.example' },
  })
  expect(found.status).toBe(401)
})
