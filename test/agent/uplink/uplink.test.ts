import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeLog } from '../../../agent/log.ts'
import { sha256 } from '../../../agent/uplink/chain.ts'
import { openConnections } from '../../../agent/uplink/connections.ts'
import { openEnvelope } from '../../../agent/uplink/envelope.ts'
import { posterOn } from '../../../agent/uplink/post.ts'
import { Spool } from '../../../agent/uplink/spool.ts'
import { Spread } from '../../../agent/uplink/spread.ts'
import { startUplink, type Uplink } from '../../../agent/uplink/uplink.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { until } from '../../support/until.ts'

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  nth: number,
  payload: Uint8Array | null,
) => void
interface Rig {
  readonly directory: string
  readonly spool: Spool
  readonly uplink: Uplink
  readonly lines: string[]
  /** Pauses asked for, milliseconds. */
  readonly pauses: number[]
  readonly tokens: string[]
  /** Sequence numbers as the server read them, in order of arrival. */
  readonly arrived: number[]
  readonly connections: () => number
  token: string
  later(ms: number): void
  append(minute: number): string
}

/** Takes it as the collector does: the word names the bytes. */
const take =
  (status = 201): Handler =>
  (_request, response, _nth, payload) =>
    response
      .writeHead(status)
      .end(JSON.stringify({ outcome: 'stored', sha256: sha256(payload ?? Buffer.alloc(0)) }))
const say =
  (status: number, body = '', headers: { [name: string]: string } = {}): Handler =>
  (_request, response) =>
    response.writeHead(status, headers).end(body)

/** A spool, an uplink whose pauses are recorded instead of slept, and a server that answers as told. */
async function rig(handlers: readonly Handler[], timeoutMs = 2000): Promise<Rig> {
  const arrived: number[] = []
  const tokens: string[] = []
  let nth = 0
  let connections = 0
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('error', () => undefined)
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const payload = openEnvelope(Buffer.concat(parts))
      if (payload.ok) arrived.push(JSON.parse(Buffer.from(payload.value).toString()).sequence)
      tokens.push(request.headers.authorization ?? '')
      const handler = handlers[Math.min(nth, handlers.length - 1)]
      handler?.(request, response, nth++, payload.ok ? payload.value : null)
    })
  })
  server.on('connection', () => connections++)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const directory = temporaryDirectory()
  const spool = new Spool(directory, { maxBytes: 1e9, maxDays: 1000 }, randomUUID())
  const lines: string[] = []
  const pauses: number[] = []
  let nowMs = 0
  const made = { token: 'first' }
  const kept = await openConnections(new URL(`http://127.0.0.1:${port}/api/v1/records`))
  onTestFinished(() => kept.close())
  const uplink = startUplink({
    spool,
    poster: posterOn(kept, timeoutMs),
    spread: new Spread(0.5),
    readToken: () => made.token,
    log: makeLog(
      'json',
      (line) => lines.push(line),
      () => 0,
    ),
    random: () => 0.5,
    nowMs: () => nowMs,
    sleep: async (ms, wake) => {
      if (ms < 600_000) pauses.push(ms)
      if (ms < 600_000) nowMs += ms
      if (ms >= 600_000 && !wake.aborted) {
        await new Promise<void>((done) => wake.addEventListener('abort', () => done()))
      }
      await new Promise((done) => setImmediate(done))
    },
  })
  onTestFinished(async () => {
    await uplink.stop()
    spool.close()
  })
  return Object.assign(made, {
    ...{ directory, spool, uplink, lines, pauses, tokens, arrived },
    connections: () => connections,
    later(ms: number) {
      nowMs += ms
    },
    append(minute: number) {
      const window = { from: minute * 60_000, to: (minute + 1) * 60_000 }
      const kept = spool.append(window, (link) => Buffer.from(JSON.stringify(link)))
      if (!kept.ok) throw new Error('no room')
      return kept.value
    },
  })
}

test.each([
  ['500', say(500)],
  ['429', say(429)],
  ['404: a wrong address says nothing about the record', say(404)],
  ['a redirect', say(302, '', { location: '/elsewhere' })],
  ['a reset before the answer', (request: IncomingMessage) => void request.socket.destroy()],
  [
    'a reset inside the answer',
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{', () => response.destroy())
    },
  ],
] as const)('keeps the record and tries again after %s', async (_name, handler) => {
  const it = await rig([handler, handler, take()])
  it.uplink.offer(it.append(1))
  await until(() => it.spool.pending.length === 0)
  expect(it.arrived).toEqual([1, 1, 1])
  expect(it.pauses.slice(0, 2)).toEqual([500, 1000])
  expect(it.lines[0]).toContain('does not take records')
  expect(it.lines.at(-1)).toContain('takes records again')
})

test('waits as long as Retry-After asks, and a little more', async () => {
  const it = await rig([say(503, '', { 'retry-after': '90' }), take(200)])
  it.uplink.offer(it.append(1))
  await until(() => it.spool.pending.length === 0)
  expect(it.pauses[0]).toBe(90_000 + 500)
})

test('gives up on a server that never finishes its answer, and keeps the record', async () => {
  const drip: Handler = (_request, response) => {
    response.writeHead(200)
    response.write('{')
  }
  const it = await rig([drip, take(200)], 150)
  it.uplink.offer(it.append(1))
  await until(() => it.spool.pending.length === 0)
  expect(it.lines[0]).toContain('no whole answer within 0.15 s')
})

test.each([401, 403])(
  '%i keeps the record, names the token, and a renewed token is used',
  async (status) => {
    const it = await rig([say(status, '{"title":"unknown token"}'), take(200)])
    it.token = 'second'
    it.uplink.offer(it.append(1))
    await until(() => it.spool.pending.length === 0)
    expect(it.lines[0]).toContain('wrong or revoked token or key')
    expect(it.tokens).toEqual(['Bearer second', 'Bearer second'])
  },
)

test.each([400, 409, 413, 415, 422])(
  '%i sets the record aside with what was said, and goes on',
  async (status) => {
    const it = await rig([
      say(status, '{"title":"no","detail":"body: wanted x","repair":"mend it"}'),
      take(200),
    ])
    const [first, second] = [it.append(1), it.append(2)]
    it.uplink.offer(first)
    await until(() => it.spool.pending.length === 0)
    expect(readdirSync(join(it.directory, 'refused')).sort()).toEqual([
      first,
      first.replace('.json', '.why.txt'),
    ])
    const why = readFileSync(
      join(it.directory, 'refused', first.replace('.json', '.why.txt')),
      'utf8',
    )
    expect(why).toContain(`HTTP ${status}: no (body: wanted x); mend it`)
    expect(existsSync(join(it.directory, 'refused', second))).toBe(false)
    expect(it.lines.some((line) => line.includes('does not take this record'))).toBe(true)
  },
)

test('what a collector of an older build refused is delivered once it was updated', async () => {
  let updated = false
  const unknown = say(400, '{"title":"The data does not fit the schema"}')
  const collector: Handler = (request, response, nth, payload) => {
    const { sequence } = JSON.parse(Buffer.from(payload ?? []).toString())
    const isNew = sequence === 1 || sequence === 2
    ;(isNew && !updated ? unknown : take())(request, response, nth, payload)
  }
  const it = await rig([collector])
  const setAside = () => readdirSync(join(it.directory, 'refused')).length
  const minute = async (nth: number) => {
    it.uplink.offer(it.append(nth))
    await until(() => it.spool.pending.length === 0)
  }
  await minute(1)
  await minute(2)
  expect(setAside()).toBe(4)
  // Of the same build still, it is asked with one record, and no live one waits for that.
  it.later(3_600_000)
  await minute(3)
  await until(() => it.arrived.length === 4)
  updated = true
  it.later(3_600_000)
  await minute(4)
  await until(() => setAside() === 0)
  expect(it.arrived).toEqual([1, 2, 3, 1, 4, 2, 1])
  expect(it.lines.filter((line) => line.includes('that it had refused')).length).toBe(2)
})

test('the newest live record goes first, then the backlog from the oldest', async () => {
  const it = await rig([take(200)])
  const names = [1, 2, 3, 4].map((minute) => it.append(minute))
  it.uplink.offer(names[3] ?? '')
  await until(() => it.spool.pending.length === 0)
  expect(it.arrived).toEqual([4, 1, 2, 3])
})

test('a record waits for its place in the time that the collector spreads its fleet over', async () => {
  const spread: Handler = (request, response, nth, payload) => {
    response.setHeader('x-voip-ready-spread', '1')
    take()(request, response, nth, payload)
  }
  const { uplink, append, arrived } = await rig([spread])
  uplink.offer(append(1))
  await until(() => arrived.length === 1)
  const offered = performance.now()
  uplink.offer(append(2))
  await until(() => arrived.length === 2)
  // The rig's place is the middle of the second.
  expect(performance.now() - offered).toBeGreaterThan(490)
})

test('one connection carries them all', async () => {
  const it = await rig([take(200)])
  for (const minute of [1, 2, 3, 4, 5]) it.uplink.offer(it.append(minute))
  await until(() => it.spool.pending.length === 0)
  expect(it.connections()).toBe(1)
})

test('a collector that is not there costs nothing but time: one line, records wait', async () => {
  const directory = temporaryDirectory()
  const spool = new Spool(directory, { maxBytes: 1e9, maxDays: 1000 }, randomUUID())
  onTestFinished(() => spool.close())
  const lines: string[] = []
  let tries = 0
  const uplink = startUplink({
    spool,
    poster: posterOn(await openConnections(new URL('http://127.0.0.1:1/api/v1/records')), 1000),
    spread: new Spread(0.5),
    readToken: () => 'token',
    log: makeLog(
      'lines',
      (line) => lines.push(line),
      () => 0,
    ),
    random: () => 0,
    nowMs: () => 0,
    // Ten tries and no more: the twentieth would be told again, however fast this host is.
    sleep: async (_ms, wake) => {
      tries++
      if (tries <= 10) return
      await new Promise((done) => wake.addEventListener('abort', done, { once: true }))
    },
  })
  spool.append({ from: 0, to: 60_000 }, (link) => Buffer.from(JSON.stringify(link)))
  await until(() => tries > 10)
  await uplink.stop()
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/warn .*ECONNREFUSED.*waiting=1/)
  expect(spool.pending).toHaveLength(1)
})

test('a record that is refused for who sent it waits apart, and live ones go on at once', async () => {
  let mended = false
  const it = await rig([
    (request, response, nth, payload) => {
      const { sequence } = payload === null ? { sequence: 0 } : JSON.parse(String(payload))
      if (sequence === 1 && !mended) return void response.writeHead(401).end()
      take()(request, response, nth, payload)
    },
  ])
  const lone = it.append(1)
  it.uplink.offer(lone)
  await until(() => it.arrived.length > 0)
  for (const minute of [2, 3, 4]) {
    const name = it.append(minute)
    it.uplink.offer(name)
    await until(() => !it.spool.pending.includes(name))
  }
  expect(it.spool.pending).toEqual([lone])
  // Asked about again at a pace of its own, told once and at every twentieth time.
  const tries = it.arrived.filter((sequence) => sequence === 1).length
  await until(() => it.arrived.filter((sequence) => sequence === 1).length > tries)
  const told = it.lines.filter((line) => line.includes('wait apart'))
  const [first, ...later] = told.map((line) => JSON.parse(line).tries)
  expect([first, later.filter((tries) => tries % 20 !== 0)]).toEqual([1, []])
  mended = true
  await until(() => it.spool.pending.length === 0)
  expect(it.lines.at(-1)).toContain('takes records again')
})

test.each([
  ['nothing', say(200)],
  ['a portal page', say(200, '<html>sign in</html>')],
  ['the bytes of another', say(201, JSON.stringify({ outcome: 'stored', sha256: 'f'.repeat(64) }))],
])('a 2xx that says %s of the record takes nothing away', async (_name, handler) => {
  const it = await rig([handler, handler, take()])
  it.uplink.offer(it.append(1))
  await until(() => it.spool.pending.length === 0)
  expect(it.arrived).toEqual([1, 1, 1])
})
