import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addToken, startCollector } from '../faults/collector-process.ts'
import { envelope, record } from '../server/support/fixtures.ts'
import { SEED } from '../support/seed.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { hostileBytes, hostileJson } from './hostile.ts'

const MOST_GROWTH_KB = 120_000
const mine = record('f'.repeat(64), { site: 'faulty', agent: 'faulty' })

test('a collector under hostile requests never fails, always says why, and still works', {
  timeout: 120_000,
}, async () => {
  const folder = temporaryDirectory()
  const { file, tokens } = await addToken(folder)
  const collector = await startCollector(join(folder, 'data'), tokens)
  const { hostname, port } = new URL(collector.url)
  const to = { host: hostname, port: Number(port), token: readFileSync(file, 'utf8') }
  const resident = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${collector.pid}/status`, 'utf8'))?.[1])
  const sample = <T>(what: fc.Arbitrary<T>, numRuns: number) =>
    fc.sample(what, { seed: SEED, numRuns })

  await inTurn(sample(bodies(), 60), (one) => post(to, one))
  const before = resident()
  await inTurn(sample(bodies(), 500), (one) => post(to, one))
  await inTurn(sample(paths(), 400), (path) => askFor(to, path))
  await inTurn(sample(hostileBytes(requests(to.token)), 500), (bytes) => speak(to, bytes))
  expect(resident() - before).toBeLessThan(MOST_GROWTH_KB)

  const good = await post(to, {
    type: 'application/json',
    body: envelope({ ...mine, sequence: 9 }),
  })
  expect(good).toBe(201)
  expect((await fetch(`${collector.url}/readyz`)).status).toBe(200)
})

interface Target {
  readonly host: string
  readonly port: number
  readonly token: string
}
interface Body {
  readonly type: string
  readonly body: string | Uint8Array
}

/** Bent records and envelopes, one alone or lines of a batch, in both types. */
function bodies(): fc.Arbitrary<Body> {
  const line = fc.oneof(
    hostileJson(mine).map((value) => envelope(value)),
    hostileJson(JSON.parse(envelope(mine))).map((value) => JSON.stringify(value)),
    hostileBytes(fc.constant(Buffer.from(envelope(mine)))).map((it) => Buffer.from(it).toString()),
  )
  const batch = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'))
  return fc.oneof(
    line.map((body) => ({ type: 'application/json', body })),
    batch.map((body) => ({ type: 'application/x-ndjson', body })),
    fc.uint8Array({ maxLength: 400 }).map((body) => ({ type: 'application/x-ndjson', body })),
    fc.string().map((body) => ({ type: 'text/plain', body })),
  )
}

const ROUTES = ['sites', 'sites/faulty', 'sites/faulty/findings', `profiles/${'f'.repeat(64)}`]

function paths(): fc.Arbitrary<string> {
  const known = fc.constantFrom('/healthz', '/metrics', '/', ...ROUTES.map((it) => `/api/v1/${it}`))
  const awkward = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('%', '%ff', '%00', '..'))
  const path = fc.oneof(
    known,
    fc.tuple(known, awkward).map(([a, b]) => `${a}/${encodeURIComponent(b)}`),
    awkward.map((it) => `/api/v1/sites/${it.replaceAll(/[^\x21-\x7e]|#/g, '')}`),
  )
  const query = fc.webQueryParameters()
  return fc.tuple(path, query, fc.boolean()).map(([a, q, asked]) => (asked ? `${a}?${q}` : a))
}

function requests(token: string): fc.Arbitrary<Uint8Array> {
  const body = envelope(mine)
  const post = `POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const get = 'GET /api/v1/sites/faulty?x=1 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n'
  const chunked = `POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`
  return fc.constantFrom(...[post, get, chunked].map((text) => Buffer.from(text)))
}

async function post({ host, port, token }: Target, { type, body }: Body): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type }
  const answer = await fetch(`http://${host}:${port}/api/v1/records`, {
    ...{ method: 'POST', headers, body: Buffer.from(body) },
  })
  const text = await answer.text()
  expectSound(answer.status, answer.headers.get('content-type') ?? '', text, `${body}`)
  return answer.status
}

async function askFor({ host, port }: Target, path: string): Promise<void> {
  const answer = await fetch(`http://${host}:${port}${path}`)
  expectSound(answer.status, answer.headers.get('content-type') ?? '', await answer.text(), path)
}

/** Says these bytes on a connection of their own and reads to its end. */
async function speak({ host, port }: Target, bytes: Uint8Array): Promise<void> {
  const heard = await new Promise<string>((resolve) => {
    const parts: Buffer[] = []
    const socket = connect(port, host, () => socket.end(bytes))
    socket.on('data', (part) => parts.push(part))
    socket.on('error', () => {})
    socket.setTimeout(3000, () => socket.destroy())
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')))
  })
  const what = JSON.stringify(Buffer.from(bytes).toString('latin1').slice(0, 300))
  expect(heard, what).not.toMatch(/HTTP\/1\.1 5\d\d/)
  const [, status, rest = ''] = /^HTTP\/1\.1 (\d{3})(.*)$/s.exec(heard) ?? []
  if (status === undefined || Number(status) < 400) return
  expect(rest.toLowerCase(), what).toContain('content-type: application/problem+json')
}

function expectSound(status: number, type: string, text: string, what: string): void {
  expect(status, `${what.slice(0, 500)}: ${text}`).toBeLessThan(500)
  if (status < 400) return
  expect(type, what).toContain('application/problem+json')
  expect(JSON.parse(text), what).toMatchObject({ status, title: expect.any(String) })
}

/** Eight at a time. */
async function inTurn<T>(list: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  const rest = [...list]
  const worker = async () => {
    for (let one = rest.pop(); one !== undefined; one = rest.pop()) await act(one)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}
