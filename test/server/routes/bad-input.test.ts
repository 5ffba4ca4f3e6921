import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import { ProblemAnswer } from '../../../server/routes/schemas.ts'
import { answer, sharedCollector, type TestCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

/**
 * Hostile requests to every route there is: the list comes from the running app, so that a new route
 * is tested from its first day. Whatever comes in, the answer is a 4xx problem or a proper answer.
 */
let collector: TestCollector
let routes: { readonly method: string; readonly url: string }[]
beforeAll(async () => {
  collector = await sharedCollector()
  await collector.deliver(envelope(record(collector.profileSha256)))
  routes = Object.entries(collector.app.swagger().paths ?? {}).flatMap(([url, methods]) =>
    Object.keys(methods ?? {}).map((method) => ({ method: method.toUpperCase(), url })),
  )
})

const send = (options: InjectOptions) =>
  answer(collector.app, {
    ...options,
    headers: { host: 'localhost', ...collector.agent, ...options.headers },
  })
type Answered = Awaited<ReturnType<typeof answer>>
function expectProblem(found: Answered, what: string) {
  expect(found.status, what).toBeGreaterThanOrEqual(400)
  expect(found.status, `${what}: ${found.text}`).toBeLessThan(500)
  expect(found.type, what).toBe('application/problem+json; charset=utf-8')
  expect(v.safeParse(ProblemAnswer, found.body).issues, what).toBeUndefined()
  expect(found.body.status).toBe(found.status)
}
const filled = (url: string) =>
  url.replace('{site}', 'leeds').replace('{sha256}', collector.profileSha256)

test('the list of routes holds those of the interface', () => {
  expect(routes.map(({ method, url }) => `${method} ${url}`)).toEqual(
    expect.arrayContaining([
      'GET /api/v1/sites',
      'GET /api/v1/sites/{site}',
      'GET /api/v1/sites/{site}/findings',
      'GET /metrics',
      'POST /api/v1/records',
    ]),
  )
})

describe('every route that reads', () => {
  const reading = () => routes.filter(({ method }) => method === 'GET')
  test('refuses a query it does not know, and one given twice', async () => {
    for (const { url } of reading()) {
      for (const query of [
        '?x=1',
        '?at=2026-01-01T00:00:00Z&at=2026-01-01T00:00:00Z',
        '?__proto__=1',
      ]) {
        expectProblem(await send({ method: 'GET', url: filled(url) + query }), url + query)
      }
    }
  })
  test('refuses parameters out of shape', async () => {
    const wrong = [
      'LEEDS',
      '..%2f..%2fetc',
      '%00',
      'x'.repeat(90),
      'x'.repeat(4000),
      '%ff',
      '%',
      "'",
    ]
    for (const { url } of reading().filter((route) => route.url.includes('{'))) {
      for (const text of wrong) {
        const path = url.replace(/\{\w+\}/, text)
        expectProblem(await send({ method: 'GET', url: path }), path)
      }
    }
  })
  test('answers other methods with a problem', async () => {
    for (const { url } of reading()) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
        expectProblem(await send({ method, url: filled(url), payload: {} }), `${method} ${url}`)
      }
    }
  })
})

test.each([
  ['2026-13-01T00:00:00Z'],
  ['2026-03-02'],
  ['yesterday'],
  ['1969-12-31T23:59:59Z'],
  ['2026-03-02T10:00:00'],
  ['2026-03-02T10:00:00 01:00'],
  [''],
])('at=%s is refused with its place', async (at) => {
  const found = await send({
    method: 'GET',
    url: `/api/v1/sites/leeds/findings?at=${encodeURIComponent(at)}`,
  })
  expectProblem(found, at)
  expect(found.body.where).toBe('querystring.at')
})

/** What other routes do with strange bodies is in fuzz.test.ts. */
describe('the route that takes records', () => {
  const types = ['application/json', 'application/x-ndjson'] as const
  const writing = () => routes.filter(({ url }) => url === '/api/v1/records')
  const post = (url: string, type: string, payload: string | Buffer) =>
    send({ method: 'POST', url, payload, headers: { 'content-type': type } })
  /** A batch reports each line; a single body is a problem as a whole. */
  const expectRefused = (found: Answered, what: string) => {
    if (found.status !== 200) return expectProblem(found, what)
    for (const line of found.body.results) {
      expect(line.outcome, what).toBe('refused')
      expect(v.is(ProblemAnswer, line.problem), what).toBe(true)
    }
  }
  test.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '1'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['cut JSON', '{"payload":'],
    ['deep lists', '['.repeat(30_000)],
    ['deep objects', '{"a":'.repeat(10_000)],
    ['a poisoned prototype', '{"__proto__":{"x":1},"constructor":{"prototype":{}}}'],
    ['wrong types', '{"payloadType":1,"payload":{},"signatures":"x"}'],
    ['a key twice', '{"payload":"","payload":"","payloadType":"","signatures":[]}'],
    ['a deep payload', envelope(Buffer.from('['.repeat(20_000)))],
    ['a payload of the wrong type', envelope('text')],
    ['NUL bytes', Buffer.alloc(500)],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('refuses %s', async (name, body) => {
    for (const { url } of writing()) {
      for (const type of types) expectRefused(await post(url, type, body), `${name} ${type}`)
    }
  })
  test('refuses bodies beyond their limit', async () => {
    const large = envelope(Buffer.alloc(60_000))
    for (const { url } of writing()) {
      expect((await post(url, types[0], large)).status).toBe(413)
      expectProblem(await post(url, types[1], large), 'a long line')
      expectProblem(await post(url, types[1], Buffer.alloc(5_000_000, 'a')), 'a long batch')
    }
  })
  test('refuses types and encodings it does not read', async () => {
    const good = envelope(record(collector.profileSha256, { minute: 1 }))
    for (const { url } of writing()) {
      for (const type of ['text/plain', 'application/xml', 'multipart/form-data', '', 'x']) {
        expect((await post(url, type, good)).status, type).toBe(415)
      }
      const headers = { 'content-type': types[0], 'content-encoding': 'gzip' }
      expectProblem(await send({ method: 'POST', url, payload: good, headers }), 'gzip')
    }
  })
  test('refuses whatever JSON it is given that is no envelope', async () => {
    const { url } = writing()[0] ?? { url: '' }
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expectRefused(await post(url, types[0], JSON.stringify(value)), JSON.stringify(value))
        expectRefused(await post(url, types[0], envelope(value)), JSON.stringify(value))
      }),
      { numRuns: 60 },
    )
  })
})
