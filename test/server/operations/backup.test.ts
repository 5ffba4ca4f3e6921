import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { backUp } from '../../../server/operations/backup.ts'
import { restore } from '../../../server/operations/restore.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { run, start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { envelope, MINUTE, record, row, START } from '../support/fixtures.ts'

const SENDERS = 8
const BEFORE_BACKUP = 150
const DURING_BACKUP = 20

test('drill: backed up under load, destroyed, restored: every record acknowledged before is there', {
  timeout: 120_000,
}, async () => {
  const folder = temporaryDirectory()
  const [data, backup, fresh] = ['data', 'backup', 'fresh'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const token = await addToken(data)
  mkdirSync(join(data, 'keys'), { recursive: true })
  writeFileSync(join(data, 'keys', 'log.pem'), 'not opened here')
  const first = start(['--json', 'collector', '--listen', '127.0.0.1:0', '--data', data])
  const load = startLoad(urlIn(await first.says(/"url":"/)), token)
  await load.reaches(BEFORE_BACKUP)
  const before = new Map(load.acknowledged)
  const backingUp = run(['collector', 'backup', backup, '--data', data, '--json'])
  const made = await backingUp
  expect([made.code, made.err]).toEqual([0, ''])
  await load.reaches(before.size + DURING_BACKUP)
  first.child.kill('SIGKILL')
  await Promise.all([load.end(), first.ended])
  rmSync(data, { recursive: true })

  const done = await run(['collector', 'restore', backup, '--data', fresh])
  expect([done.code, done.err]).toEqual([0, ''])
  const second = start(['--json', 'collector', '--listen', '127.0.0.1:0', '--data', fresh])
  const url = urlIn(await second.says(/"url":"/))
  const answer = await deliver(url, token, 'after', 9_000)
  expect(answer, 'the token and the way to the disk came back too').not.toBeNull()
  second.child.kill('SIGTERM')
  await second.ended
  const store = await openSqliteStore(fresh, START)
  onTestFinished(() => store.close())
  const all = await store.between('leeds', START - MINUTE, START + 1e6 * MINUTE, 100_000)
  const stored = new Map(all.map((one) => [`${one.boot}/${one.sequence}`, one.payloadSha256]))
  expect(stored.size).toBe(all.length)
  for (const [key, sha256] of before) expect(stored.get(key), key).toBe(sha256)
  expect(readFileSync(join(fresh, 'keys', 'log.pem'), 'utf8')).toBe('not opened here')
})

test('a backup is for its owner alone, and the data directory stays as it was', async () => {
  const { data, backup } = await small()
  expect(statSync(backup).mode & 0o077).toBe(0)
  expect(readFileSync(join(data, 'tokens.json'), 'utf8')).toBe('{}')
  const manifest = JSON.parse(readFileSync(join(backup, 'manifest.json'), 'utf8'))
  expect(manifest.files.map((file: { path: string }) => file.path)).toEqual([
    'collector.sqlite',
    'tls/cert.pem',
    'tls/key.pem',
    'tokens.json',
  ])
})

test('a backup goes into no directory that holds something, and not without a database', async () => {
  const { data, backup } = await small()
  await expect(backUp(options(data, backup))).rejects.toThrow('wanted an empty directory')
  const nothing = temporaryDirectory()
  await expect(backUp(options(nothing, join(nothing, 'b')))).rejects.toThrow('pg_dump')
})

test('a data directory in use is not restored into', async () => {
  const { data, backup } = await small()
  await expect(restore(into(backup, data))).rejects.toThrow('stop its collector if it runs')
})

test.each([
  ['a changed byte', (at: string) => appendFileSync(join(at, 'collector.sqlite'), 'x')],
  ['a file that is gone', (at: string) => rmSync(join(at, 'tls', 'key.pem'))],
  ['no manifest', (at: string) => rmSync(join(at, 'manifest.json'))],
  ['a manifest that names a place outside', (at: string) => edit(at, 'tokens.json', '../x.json')],
  ['a manifest without its database', (at: string) => edit(at, '"collector.sqlite"', '"keys/a"')],
])('%s is refused, and nothing is left behind', async (_name, damage) => {
  const { backup } = await small()
  damage(backup)
  const dataDirectory = join(temporaryDirectory(), 'fresh')
  await expect(restore(into(backup, dataDirectory))).rejects.toThrow(/wanted/)
  expect(() => statSync(dataDirectory)).toThrow('ENOENT')
})

test('damage inside a database that has its checksum is found as well', async () => {
  const { data } = await small()
  const raw = new Sqlite(join(data, 'collector.sqlite'))
  raw.unsafeMode().pragma('writable_schema = 1')
  raw.exec("update sqlite_master set rootpage = 2 where name = 'record'")
  raw.close()
  const to = join(temporaryDirectory(), 'b')
  await expect(backUp(options(data, to))).rejects.toThrow(/wanted a/)
})

const options = (dataDirectory: string, to: string) => ({
  ...{ dataDirectory, to, tokenFile: null, tls: null, version: '0', nowMs: START },
})

const into = (from: string, dataDirectory: string) => ({
  ...{ from, dataDirectory, nowMs: START, logKey: null, lastSigned: null, sameLog: false },
})

/** A data directory with one record and its backup. */
async function small(): Promise<{ readonly data: string; readonly backup: string }> {
  const folder = temporaryDirectory()
  const data = join(folder, 'data')
  const store = await openSqliteStore(data, START)
  await store.append([row()])
  await store.close()
  writeFileSync(join(data, 'tokens.json'), '{}')
  const tls = { cert: join(folder, 'site.crt'), key: join(folder, 'site.key') }
  writeFileSync(tls.cert, 'c')
  writeFileSync(tls.key, 'k')
  const backup = join(folder, 'backup')
  await backUp({ ...options(data, backup), tls })
  return { data, backup }
}

function edit(backup: string, from: string, to: string): void {
  const file = join(backup, 'manifest.json')
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  writeFileSync(file, text.replace(from, to))
}

async function addToken(data: string): Promise<string> {
  const args = ['collector', 'tokens', 'add', '--agent', 'leeds-1', '--site', 'leeds']
  const { out } = await run([...args, '--data', data, '--json'])
  return JSON.parse(out).token
}

const urlIn = (said: string) => /"url":"([^"]+)"/.exec(said)?.[1] ?? ''

/** Agents that send as fast as they are answered, until they are told to end or nobody answers. */
function startLoad(url: string, token: string) {
  const acknowledged = new Map<string, string>()
  const boot = randomUUID()
  let sequence = 0
  let ended = false
  const waiting = new Set<() => void>()
  const sender = async () => {
    while (!ended) {
      sequence += 1
      const own = sequence
      const answer = await deliver(url, token, boot, own)
      if (answer !== null) acknowledged.set(`${boot}/${own}`, answer)
      for (const look of waiting) look()
    }
  }
  const senders = Array.from({ length: SENDERS }, sender)
  return {
    acknowledged,
    reaches: (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (acknowledged.size >= count) resolve()
        }
        waiting.add(look)
        look()
      }),
    end: async () => {
      ended = true
      await Promise.all(senders)
    },
  }
}

/** The digest that was acknowledged; null when no acknowledgement came. */
async function deliver(
  url: string,
  token: string,
  boot: string,
  sequence: number,
): Promise<string | null> {
  const own = boot === 'after' ? randomUUID() : boot
  const one = record('a'.repeat(64), { boot: own, sequence, minute: sequence, observations: [] })
  try {
    const response = await fetch(`${url}/api/v1/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: envelope(one),
    })
    const answer = (await response.json()) as { readonly sha256: string }
    return response.ok ? answer.sha256 : null
  } catch {
    return null
  }
}
