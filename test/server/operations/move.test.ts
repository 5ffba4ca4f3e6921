import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { lastSignedFile } from '../../../server/keys/last-signed.ts'
import { exportAll } from '../../../server/operations/export.ts'
import { importAll } from '../../../server/operations/import.ts'
import { openStore } from '../../../server/store/open.ts'
import { logKeyName } from '../../../shared/evidence/key-names.ts'
import { nodeCrypto, signerFrom } from '../../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { RECORD_PAYLOAD_TYPE } from '../../../shared/record/record.ts'
import { KEYS, SIGNERS, sealed, signedRecord } from '../../support/evidence-world.ts'
import { PostgresServer } from '../../support/postgres.ts'
import { run, start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { MINUTE, START } from '../support/fixtures.ts'
import { filled } from '../support/logged-world.ts'

// Several processes and a database server for each: no figure of how long it takes.
vi.setConfig({ testTimeout: 400_000 })
const PATIENCE = { timeout: 60_000, interval: 200 }
const ORIGIN = logKeyName('collector', 1)
const SPAN = ['--from', new Date(START).toISOString(), '--to', iso(30)]
/** The world of these tests is months old. */
const KEEP = ['--keep-records', '10000d', '--keep-history', '10000d']

let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
}, 180_000)
afterAll(() => server.remove())

test('drill: a whole collector moves from SQLite to PostgreSQL: the same bundle, the same log, agents go on', async () => {
  const { folder, data } = await collector()
  const empty = JSON.stringify({ format: 'voip-ready/tokens/1', tokens: [] })
  writeFileSync(join(data, 'tokens.json'), empty, { mode: 0o600 })
  const before = await bundle(['--data', data], join(folder, 'before.bundle'))
  const file = join(folder, 'all.export')
  const out = await run(['collector', 'export', file, '--data', data])
  expect([out.code, out.err]).toEqual([0, ''])
  expect(out.out).toContain('THE OLD COLLECTOR MUST NOT GO ON')
  const old = await run(['collector', '--listen', '127.0.0.1:0', '--data', data])
  expect(old.code).toBe(4)
  expect(old.err).toContain('export --give-up')

  const database = await server.database()
  const fresh = join(folder, 'fresh')
  const done = await run(['collector', 'import', file, '--data', fresh, '--database', database])
  expect([done.code, done.err]).toEqual([0, ''])
  expect(done.out).toContain(`log ${ORIGIN}`)
  const tokens = (at: string) => readFileSync(join(at, 'tokens.json'), 'utf8')
  expect(tokens(fresh)).toBe(tokens(data))
  const place = ['--data', fresh, '--database', database]
  const after = await bundle(place, join(folder, 'after.bundle'))
  expect(after.equals(before), 'the bundle, byte for byte').toBe(true)
  const verified = await run(['verify', join(folder, 'after.bundle'), ...keys()])
  expect([verified.code, verified.err]).toEqual([0, ''])

  const serving = [...place, ...KEEP, '--listen', '127.0.0.1:0']
  const running = start(['--json', 'collector', ...serving])
  const url = /"url":"([^"]+)"/.exec(await running.says(/"url":"/))?.[1] ?? ''
  const size = Number(lastSignedFile(join(fresh, 'keys/log.key')).read()?.split('\n')[1])
  const seen = { origin: ORIGIN, size, root: Buffer.alloc(32).toString('base64') }
  const next = signedRecord('a'.repeat(64), 40, null, seen, SIGNERS.reflector)
  const body = sealed(SIGNERS.agent, RECORD_PAYLOAD_TYPE, JSON.stringify(next)).text
  const answer = await fetch(`${url}/api/v1/records`, {
    ...{ method: 'POST', body, headers: { 'content-type': 'application/json' } },
  })
  expect(answer.status, 'the key of the enrolled agent came along').toBe(201)
  const log = async () => (await (await fetch(`${url}/api/v1/ledger`)).json()) as LogAnswer
  await expect.poll(async () => (await log()).checkpoint.size, PATIENCE).toBeGreaterThan(size)
  expect(await log()).toMatchObject({ origin: ORIGIN, fault: null })
  running.child.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
})

test('there and back again: every row of every table is the same, whatever is between', async () => {
  const { folder, data } = await collector()
  const [one, two, three] = ['1', '2', '3'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const database = await server.database()
  await exportAll(exporting(data, one))
  await importAll({ ...importing(one, join(folder, 'a')), database })
  await exportAll({ ...exporting(join(folder, 'a'), two), database })
  await importAll(importing(two, join(folder, 'b')))
  await exportAll(exporting(join(folder, 'b'), three))
  const lines = (file: string) => gunzipSync(readFileSync(file)).toString().split('\n')
  expect(lines(two).slice(1)).toEqual(lines(one).slice(1))
  expect(lines(three).slice(1)).toEqual(lines(one).slice(1))
  expect(lines(one).length).toBeGreaterThan(300)
})

test('a target that holds something, in the database or the directory, is left alone', async () => {
  const { folder, data } = await collector(2)
  const file = join(folder, 'all')
  await exportAll(exporting(data, file))
  const database = await server.database()
  await importAll({ ...importing(file, join(folder, 'a')), database })
  const again = importAll({ ...importing(file, join(folder, 'b')), database })
  await expect(again).rejects.toThrow(/target database: wanted .*(no rows|schema)/)
  await expect(importAll(importing(file, data))).rejects.toThrow('wanted an empty data directory')
  await expect(exportAll(exporting(data, file))).rejects.toThrow('not there yet')
})

test('an empty database that was brought up to date beforehand is a target as well', async () => {
  const { folder, data } = await collector(2)
  const file = join(folder, 'all')
  await exportAll(exporting(data, file))
  const database = await server.database()
  await (await openStore({ database, dataDirectory: folder }, START)).close()
  const done = await importAll({ ...importing(file, join(folder, 'a')), database })
  expect(done.logs).toMatchObject([{ origin: ORIGIN }])
})

test('what was cut off, garbled, or is none of ours is refused where it is, and leaves nothing', async () => {
  const { folder, data } = await collector(2)
  const whole = join(folder, 'all')
  await exportAll(exporting(data, whole))
  const packed = readFileSync(whole)
  const lines = gunzipSync(packed).toString().split('\n')
  const repacked = (change: (lines: string[]) => string[]) =>
    gzipSync(change([...lines]).join('\n'))
  const row = lines.findIndex((line) => line.startsWith('["leeds"'))
  const cases: readonly [Buffer, RegExp][] = [
    [packed.subarray(0, packed.length >> 1), /line \d+, .*unexpected end of file/],
    [packed.subarray(0, -4), /unexpected end of file/],
    [flipped(packed), /line \d+/],
    [Buffer.from('not an export'), /line 1, its head: .*gzip/],
    [gzipSync('{"format":"other/1"}\n'), /line 1, its head: wanted the head of an export/],
    [repacked((all) => all.slice(0, row + 1)), /line \d+, table agent_|cut off|no end/],
    [repacked((all) => all.toSpliced(row, 1)), /rows/],
    [repacked((all) => all.with(row, all[row]?.replace('leeds', 'laeds') ?? '')), /digest/],
    [repacked((all) => [...all.slice(0, -2), '']), /cut off/],
    [repacked((all) => [...all, '["more"]', '']), /wanted nothing, found more lines/],
    [repacked((all) => all.toSpliced(row, 0, '{"file":"../x","base64":""}')), /may hold/],
    [
      repacked((all) =>
        all.with(0, all[0]?.replace(/"schemaVersion":\d+/, '"schemaVersion":999') ?? ''),
      ),
      /newer/,
    ],
  ]
  for (const [at, [bytes, why]] of cases.entries()) {
    const file = join(folder, `bad-${at}`)
    writeFileSync(file, bytes)
    const target = join(folder, `target-${at}`)
    await expect(importAll(importing(file, target)), `case ${at}`).rejects.toThrow(why)
    expect(() => readFileSync(target), `case ${at}`).toThrow('ENOENT')
  }
})

test('a log that does not add up is not imported, though every digest is right', async () => {
  const { folder, data } = await collector(2)
  const store = await openStore({ database: null, dataDirectory: data }, START)
  const key = { name: 'sequencer', holder: 'liar' }
  const lease = { ...key, epoch: (await store.ledger.takeLease(key, START + 2e9, 1e9)) ?? 0 }
  const forged = { logId: '0', size: 1, note: 'no note\n', atMs: START }
  await store.ledger.putCheckpoint(lease, { ...forged, size: 1_000_000 }, START + 4e9)
  await store.close()
  const file = join(folder, 'all')
  await exportAll(exporting(data, file))
  await expect(importAll(importing(file, join(folder, 'a')))).rejects.toThrow(
    /not signed by its key/,
  )
})

test('a move that is given up lets the old collector go on; one that runs is not exported', async () => {
  const { folder, data } = await collector(2)
  const serving = ['--json', 'collector', '--listen', '127.0.0.1:0', '--data', data, ...KEEP]
  const first = start(serving)
  await first.says(/"url":"/)
  const early = await run(['collector', 'export', join(folder, 'x'), '--data', data])
  expect([early.code, early.err]).toEqual([
    4,
    expect.stringContaining('another collector is running'),
  ])
  first.child.kill('SIGTERM')
  await first.ended
  expect((await run(['collector', 'export', join(folder, 'x'), '--data', data])).code).toBe(0)
  const undone = await run(['collector', 'export', '--give-up', '--data', data])
  expect([undone.code, undone.out]).toEqual([0, 'the collector may start again\n'])
  const second = start(serving)
  await second.says(/"url":"/)
})

interface LogAnswer {
  readonly origin: string
  readonly fault: unknown
  readonly checkpoint: { readonly size: number }
}

function iso(minutes: number): string {
  return new Date(START + minutes * MINUTE).toISOString()
}

const keys = () => {
  const agents = ['--agent-key', ...KEYS.agent.map(formatVkey)]
  const reflectors = ['--reflector-key', ...KEYS.reflector.map(formatVkey)]
  return [...agents, ...reflectors, '--log-key', logVkey]
}
let logVkey = ''

/** A collector of SQLite that has stopped: signed records, a log with its key, history, an enrolled agent. */
async function collector(minutes = 31): Promise<{ folder: string; data: string }> {
  const folder = temporaryDirectory()
  const data = join(folder, 'data')
  mkdirSync(join(data, 'keys'), { recursive: true })
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }))
  writeFileSync(join(data, 'keys/log.key'), pem, { mode: 0o600 })
  const signer = signerFrom(ORIGIN, pem)
  logVkey = formatVkey(vkeyOf(nodeCrypto, signer))
  const ends: (() => Promise<void>)[] = []
  const options = { directory: data, onEnd: (end: () => Promise<void>) => void ends.push(end) }
  const { store } = await filled(minutes, options, signer)
  const newest = await store.ledger.newestCheckpoint('0')
  lastSignedFile(join(data, 'keys/log.key')).write(newest?.note ?? '')
  for (const end of ends) await end()
  return { folder, data }
}

async function bundle(place: readonly string[], to: string): Promise<Buffer> {
  const made = await run(['collector', 'bundle', '--site', 'leeds', ...SPAN, '--out', to, ...place])
  expect([made.code, made.err]).toEqual([0, ''])
  return readFileSync(to)
}

const exporting = (dataDirectory: string, to: string) => ({
  ...{ dataDirectory, to, database: null, tokenFile: null, tls: null, logKey: null },
  ...{ version: '0', nowMs: START + 1e10, onProgress: () => {} },
})

const importing = (from: string, dataDirectory: string) => ({
  ...{ from, dataDirectory, database: null, nowMs: START, onProgress: () => {} },
})

function flipped(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes)
  const at = bytes.length >> 1
  other[at] = (other[at] ?? 0) ^ 0xff
  return other
}
