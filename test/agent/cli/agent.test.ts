import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { sha256 } from '../../../agent/uplink/chain.ts'
import { openEnvelope } from '../../../agent/uplink/envelope.ts'
import { streamsOf } from '../../../shared/record/kinds.ts'
import { type AgentRecord, EnvelopeSchema, RecordSchema } from '../../../shared/record/record.ts'
import { lossyRelay } from '../../support/lossy-relay.ts'
import { leftOfMinute } from '../../support/minute.ts'
import { type Running, start, startReflector } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { until } from '../../support/until.ts'

interface Collector {
  readonly url: string
  readonly records: AgentRecord[]
  readonly hashes: string[]
  status: number
}

/** A stand-in for the collector that checks what it is sent by the published form. */
async function collector(): Promise<Collector> {
  const made = { records: [] as AgentRecord[], hashes: [] as string[], status: 201 }
  const take = (line: string) => {
    v.parse(EnvelopeSchema, JSON.parse(line))
    const payload = openEnvelope(Buffer.from(line))
    if (!payload.ok) throw new Error(payload.error)
    made.records.push(v.parse(RecordSchema, JSON.parse(Buffer.from(payload.value).toString())))
    made.hashes.push(sha256(payload.value))
    return { outcome: 'stored', sha256: made.hashes.at(-1) }
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const bytes = Buffer.concat(parts)
      // Two and more that wait go together.
      const isBatch = request.headers['content-encoding'] === 'gzip'
      const lines = isBatch ? String(gunzipSync(bytes)).trim().split('\n') : [String(bytes)]
      const results = made.status === 201 ? lines.map(take) : []
      const word = isBatch ? { results } : results[0]
      response.writeHead(made.status).end(JSON.stringify(word ?? {}))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(made, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

interface FarEnds {
  /** Of the primary and the secondary. */
  readonly ports: readonly [number, number]
  readonly key: string
  /** Waits until an agent has sent a second of voice more to each. */
  readonly heardMore: () => Promise<void>
}

/** One reflector that stands for both, behind relays that count what comes. */
async function farEndsIn(folder: string): Promise<FarEnds> {
  const { port, key } = await startReflector(folder)
  const relay = () => lossyRelay(port, 1, { lost: 0, doubled: 0, held: 0, holdMs: 0 })
  const relays = [await relay(), await relay()] as const
  onTestFinished(() => {
    for (const one of relays) one.close()
  })
  return {
    ...{ key, ports: [relays[0].port, relays[1].port] },
    async heardMore() {
      const wanted = relays.map((one) => one.heard() + 50)
      await until(() => relays.every((one, at) => one.heard() >= (wanted[at] ?? 0)))
    },
  }
}

function agentArgs(folder: string, { ports, key }: Omit<FarEnds, 'heardMore'>, url: string) {
  const site = join(folder, 'site.yaml')
  const farEnd = (port: number) => `{reflector: 127.0.0.1, port: ${port}, key: "${key}"}`
  const head = 'format: voip-ready/site/1\nsite: leeds\nprofile: pureconnect-rcm\nfarEnds:\n'
  writeFileSync(site, `${head}  primary: ${farEnd(ports[0])}\n  secondary: ${farEnd(ports[1])}\n`)
  writeFileSync(join(folder, 'token'), 'vr_0123456789abcdef_secret\n')
  const spool = join(folder, 'spool')
  mkdirSync(spool, { recursive: true })
  const files = ['--token-file', join(folder, 'token'), '--spool', spool]
  return [
    ...['agent', '--site', site, '--collector', url, '--name', 'leeds-1'],
    // Loopback alone: the other checks would ask the network around this machine.
    ...['--checks', 'off', ...files],
  ]
}

/** Stopping closes the minute under way, so that a record comes without waiting for its end. */
async function measureShortly(running: Running, farEnds: FarEnds): Promise<void> {
  await running.says(/answers[^\n]*\n[\s\S]*answers/)
  await farEnds.heardMore()
  running.child.kill('SIGTERM')
}

test('stopped in its first minute it keeps what it saw, with the gaps; the next start delivers it', async () => {
  const folder = temporaryDirectory()
  const farEnds = await farEndsIn(folder)
  const at = await collector()
  at.status = 503
  await leftOfMinute(10_000)
  const first = start(agentArgs(folder, farEnds, at.url))
  await measureShortly(first, farEnds)
  expect((await first.ended).code).toBe(0)
  const waiting = readdirSync(join(folder, 'spool', 'pending'))
  expect(waiting.length).toBeGreaterThan(0)

  at.status = 201
  const second = start(agentArgs(folder, farEnds, at.url))
  await until(() => at.records.length >= waiting.length)
  await measureShortly(second, farEnds)
  expect((await second.ended).err).toContain('records from before wait')
  const [record] = at.records
  expect(record).toMatchObject({ site: 'leeds', agent: 'leeds-1', sequence: 1, previous: null })
  expect(record?.observations.map((seen) => seen.farEnd)).toEqual(['primary', 'secondary'])
  // Its first life may have seen a minute end: then it is the next that was cut short.
  const life = at.records.slice(0, waiting.length)
  for (const farEnd of ['primary', 'secondary']) {
    const seen = life
      .flatMap(({ observations }) => streamsOf(observations))
      .filter((one) => one.farEnd === farEnd)
    expect(seen.reduce((sum, { instrument }) => sum + instrument.sent, 0)).toBeGreaterThan(10)
    expect(seen.at(-1)?.gaps.map((gap) => gap.cause)).toContain('agent-stop')
  }
})

test('killed at any instant: no sequence twice, and every record names the one before it', async () => {
  const folder = temporaryDirectory()
  const farEnds = await farEndsIn(folder)
  const at = await collector()
  const spool = join(folder, 'spool')
  for (const hard of [false, true, false]) {
    at.status = 503
    const running = start(agentArgs(folder, farEnds, at.url))
    await running.says(/answers[^\n]*\n[\s\S]*answers/)
    if (hard) running.child.kill('SIGKILL')
    else await measureShortly(running, farEnds)
    await running.ended
  }
  const payloads = readdirSync(join(spool, 'pending'))
    .sort()
    .map((name) => openEnvelope(readFileSync(join(spool, 'pending', name))))
    .map((payload) => (payload.ok ? payload.value : Buffer.from('{}')))
  const records = payloads.map((payload) =>
    v.parse(RecordSchema, JSON.parse(Buffer.from(payload).toString())),
  )
  expect(records.length).toBeGreaterThanOrEqual(2)
  expect(new Set(records.map((record) => `${record.boot} ${record.sequence}`)).size).toBe(
    records.length,
  )
  expect(records.map((record) => record.previous)).toEqual([
    null,
    ...payloads.slice(0, -1).map((payload) => sha256(payload)),
  ])
})

test('no token file: exit 3 before anything is sent', async () => {
  const folder = temporaryDirectory()
  const args = agentArgs(
    folder,
    { ports: [4000, 4000], key: `k:${'x'.repeat(32)}` },
    'http://127.0.0.1:1',
  )
  const ended = await start(args.map((arg) => (arg.endsWith('/token') ? '/nowhere/token' : arg)))
    .ended
  expect(ended.code).toBe(3)
  expect(ended.err).toMatch(/^voip-ready: \/nowhere\/token: wanted the token/)
})

test('a local address that the host does not have yet is named, and waited for', async () => {
  const folder = temporaryDirectory()
  const args = agentArgs(
    folder,
    { ports: [9, 9], key: `k:${'x'.repeat(32)}` },
    'http://127.0.0.1:1',
  )
  const site = join(folder, 'site.yaml')
  appendFileSync(site, 'localAddress: 198.51.100.99\n')
  const running = start(args)
  const told = await running.says(/localAddress in [^\n]*nextTrySeconds/)
  expect(told).toContain(`localAddress in ${site}: wanted an address of this host (`)
  expect(told).toContain('found 198.51.100.99; name one of these, bring its interface up')
  running.child.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
})

test('two agents on one spool: the second ends with exit 4 and says who has it', async () => {
  const folder = temporaryDirectory()
  const farEnds = await farEndsIn(folder)
  const at = await collector()
  const first = start(agentArgs(folder, farEnds, at.url))
  await first.says(/the agent measures/)
  const second = await start(agentArgs(folder, farEnds, at.url)).ended
  expect(second.code).toBe(4)
  expect(second.err).toContain(`in use by process ${first.child.pid}`)
})
