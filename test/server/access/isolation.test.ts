import type { InjectOptions, RouteOptions } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeToken } from '../../../server/access/tokens.ts'
import { answer, sharedCollector, type TestCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

/**
 * Every route that the running app has, asked by those who may not. The list comes from the app as it
 * adds them, so a new route is tested from its first day; one that fits no rule below fails.
 */
interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly tags: readonly string[]
}

/** What anybody may ask: it says nothing of any site, or is how one proves who one is. */
const PUBLIC = new Set([
  'GET /',
  'GET /healthz',
  'GET /readyz',
  'POST /api/v1/enrol',
  'POST /api/v1/session',
])
/** The interface's description, and what the page is made of: both hold nothing of any site. */
const PAGES = /^\/(docs|assets)(\/|$)/
const UUID = '0190c0de-0000-7000-8000-000000000001'
/** A value for each parameter that a path may have; `site` comes from the test. */
const VALUES: Readonly<Record<string, string>> = {
  ...{ agent: 'leeds-1', name: 'anna', id: UUID, run: UUID, version: '1', level: '0', '*': '000' },
}

const routes: Route[] = []
let collector: TestCollector
type Headers = { readonly authorization: string }
let of: { admin: Headers; acme: Headers; bolt: Headers; all: Headers; agent: Headers }

beforeAll(async () => {
  collector = await sharedCollector({
    readAccess: 'token',
    onRoute: ({ method, url, schema }: RouteOptions) => {
      for (const one of [method].flat()) {
        if (one === 'HEAD' || one === 'OPTIONS' || PAGES.test(url)) continue
        routes.push({ method: one as Route['method'], url, tags: schema?.tags ?? [] })
      }
    },
  })
  const { issue, agent, viewer } = collector
  const admin = await issue('admin')
  of = {
    admin,
    all: viewer,
    agent,
    acme: await issue('viewer', 'Acme'),
    bolt: await issue('viewer', 'Bolt'),
  }
  await collector.deliver(envelope(record(collector.profileSha256)))
  for (const [site, customer] of [
    ['leeds', 'Acme'],
    ['york', 'Bolt'],
  ] as const) {
    const url = `/api/v1/sites/${site}/entry`
    expect((await ask({ method: 'PUT', url, tags: [] }, admin, site, { customer })).status).toBe(
      200,
    )
  }
})

const parametersOf = ({ url }: Route) =>
  [...url.matchAll(/:(\w+)|(\*)/g)].map((found) => found[1] ?? found[2] ?? '')

async function ask(route: Route, headers: object, site: string, body: unknown = {}) {
  const url = parametersOf(route).reduce((path, name) => {
    const value =
      name === 'site' ? site : name === 'sha256' ? collector.profileSha256 : VALUES[name]
    expect(value, `no value for the parameter ${name} of ${route.url}: add it here`).toBeDefined()
    return path.replace(name === '*' ? '*' : `:${name}`, value ?? '')
  }, route.url)
  const options: InjectOptions = {
    method: route.method,
    url,
    headers: { host: 'voip.example', ...headers },
  }
  const json = { 'content-type': 'application/json', ...options.headers }
  if (route.method === 'GET') return answer(collector.app, options)
  return answer(collector.app, { ...options, headers: json, payload: JSON.stringify(body) })
}

const named = (route: Route) => `${route.method} ${route.url}`
const guarded = () => routes.filter((route) => !PUBLIC.has(named(route)))

test('the app told of its routes, and all that is public is still there', () => {
  expect(routes.map(named)).toContain('POST /api/v1/records')
  expect(routes.length).toBeGreaterThan(10)
  const there = new Set(routes.map(named))
  expect([...PUBLIC].filter((one) => !there.has(one))).toEqual([])
})

test('every route says who it is for', () => {
  const known = ['agents', 'readers', 'administration', 'operations']
  const untold = guarded().filter(({ tags }) => !tags.some((tag) => known.includes(tag)))
  expect(untold.map(named)).toEqual([])
})

describe('without credentials', () => {
  test('every route but the public ones answers 401', async () => {
    // A record is its own credential: this one has no signature.
    const unsigned = JSON.parse(envelope(record(collector.profileSha256)))
    for (const route of guarded()) {
      const found = await ask(route, {}, 'leeds', unsigned)
      expect(found.status, `${named(route)}: ${found.text.slice(0, 300)}`).toBe(401)
    }
  })
  test('a token that nobody was given is none', async () => {
    const { written } = makeToken({ role: 'viewer', name: 'x' }, 0)
    for (const route of guarded()) {
      const found = await ask(route, { authorization: `Bearer ${written}` }, 'leeds')
      expect(found.status, named(route)).toBe(401)
    }
  })
})

describe('a viewer', () => {
  test('changes nothing and administers nothing', async () => {
    for (const route of guarded()) {
      if (route.method === 'GET' && !route.tags.includes('administration')) continue
      const found = await ask(route, of.all, 'leeds')
      // Signing out needs a session, which a token is not.
      const wanted = named(route) === 'DELETE /api/v1/session' ? 401 : 403
      expect(found.status, `${named(route)}: ${found.text.slice(0, 300)}`).toBe(wanted)
    }
  })
  test('of another customer finds a site exactly as one that does not exist', async () => {
    const own = guarded().filter(({ method, url }) => method === 'GET' && url.includes(':site'))
    expect(own.length).toBeGreaterThan(1)
    for (const route of own) {
      if (route.tags.includes('administration') || route.tags.includes('agents')) continue
      const other = await ask(route, of.bolt, 'leeds')
      const none = await ask(route, of.bolt, 'nowhere')
      expect(other.status, `${named(route)}: ${other.text.slice(0, 300)}`).toBe(404)
      const plain = (text: string) =>
        text.replaceAll(/"requestId":"[^"]*"/g, '').replaceAll('nowhere', 'leeds')
      expect(plain(other.text), named(route)).toBe(plain(none.text))
      const mine = await ask(route, of.acme, 'leeds')
      expect(mine.body?.type ?? '', named(route)).not.toBe('urn:voip-ready:problem:unknown-site')
      expect([401, 403], named(route)).not.toContain(mine.status)
    }
  })
  test('of another customer reads of that site in no list', async () => {
    for (const route of guarded()) {
      if (route.method !== 'GET' || route.url.includes(':site')) continue
      if (route.tags.includes('administration')) continue
      const found = await ask(route, of.bolt, 'york')
      expect(found.text, named(route)).not.toMatch(/leeds|Acme/)
    }
    const mine = await ask({ method: 'GET', url: '/api/v1/sites', tags: [] }, of.acme, 'leeds')
    expect(mine.text).toContain('leeds')
  })
})

test('an agent reads nothing of people and changes nothing', async () => {
  for (const route of guarded()) {
    if (route.tags.includes('agents')) continue
    const found = await ask(route, of.agent, 'leeds')
    const wanted = named(route) === 'DELETE /api/v1/session' ? 401 : 403
    expect(found.status, `${named(route)}: ${found.text.slice(0, 300)}`).toBe(wanted)
  }
})

test('an administrator is not refused for who he is', async () => {
  for (const route of guarded()) {
    if (route.tags.includes('agents') || named(route) === 'DELETE /api/v1/session') continue
    const found = await ask(route, of.admin, 'nowhere')
    expect([401, 403], `${named(route)}: ${found.text.slice(0, 300)}`).not.toContain(found.status)
  }
})
