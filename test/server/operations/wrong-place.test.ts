import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openLogKey } from '../../../server/keys/log-key.ts'
import { backUp } from '../../../server/operations/backup.ts'
import { checkLog } from '../../../server/operations/log-checkup.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { SmallDisk } from '../../faults/small-disk.ts'
import { run, start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { START } from '../support/fixtures.ts'

vi.setConfig({ testTimeout: 120_000 })
const ORIGIN = 'voip-ready-log/test/0'

test.each([
  ['ledger', 'recover', '--new-origin'],
  ['ledger', 'export-tiles', 'OUT'],
  ['export', 'OUT'],
  ['backup', 'OUT'],
  ['agents', 'list'],
  ['audit'],
  ['users', 'list'],
  ['tokens', 'list'],
  ['enrol', 'list'],
  ['bundle', '--site', 'leeds', '--from', '2026-03-02T06:00Z', '--to', '2026-03-02T06:15Z'],
])('collector %s %s on a mistyped --data is told, and makes nothing', async (...words) => {
  const folder = temporaryDirectory()
  const data = join(folder, 'mistyped')
  const args = words.map((word) => (word === 'OUT' ? join(folder, 'out') : word))
  const to = words[0] === 'bundle' ? ['--out', join(folder, 'out')] : []
  const done = await run(['collector', ...args, ...to, '--data', data])
  expect(done.code).toBe(4)
  expect(done.err).toContain('wanted the database of a collector, found none')
  expect(readdirSync(folder)).toEqual([])
})

test('the log is written as tiles beside a running collector, as its help says', async () => {
  const data = join(temporaryDirectory(), 'data')
  const args = ['--json', 'collector', '--listen', '127.0.0.1:0', '--data', data, '--name', 'test']
  const running = start(args)
  await running.says(/"url":"/)
  const tiles = join(data, '..', 'tiles')
  const write = () => run(['collector', 'ledger', 'export-tiles', tiles, '--data', data, '--json'])
  await expect.poll(async () => (await write()).code, { timeout: 30_000, interval: 500 }).toBe(0)
  expect(JSON.parse((await write()).out)).toMatchObject({ origin: ORIGIN })
  expect(existsSync(join(tiles, 'checkpoint'))).toBe(true)
  const file = join(tiles, 'checkpoint')
  const wrong = await run(['collector', 'ledger', 'export-tiles', file, '--data', data])
  expect([wrong.code, wrong.err]).toEqual([4, expect.stringContaining('wanted a folder')])
})

test('a fault of a thread has the same parts in JSON as in words', async () => {
  const data = join(temporaryDirectory(), 'data')
  const store = await openSqliteStore(data, START)
  onTestFinished(() => store.close())
  const args = ['collector', 'ledger', 'recover', '--new-origin', '--data', data, '--json']
  const { code, err } = await run(args)
  expect(code).toBe(4)
  expect(JSON.parse(err).error).toMatchObject({
    ...{ where: data, wanted: 'a data directory of its own' },
    found: 'another collector is running on it',
    repair: expect.stringContaining('stop that one'),
  })
})

test('an export that fails leaves sealed what an export before it has sealed', async () => {
  const { folder, data } = await withLog()
  const exported = (file: string) => run(['collector', 'export', file, '--data', data])
  const first = await exported(join(folder, 'first'))
  expect([first.code, first.err]).toEqual([0, ''])
  expect(first.out).toContain(`export --give-up --data ${data}`)
  const place = ['--data', data, '--tokens', join(folder, 'no-such-file')]
  const second = await run(['collector', 'export', join(folder, 'second'), ...place])
  expect(second.code).toBe(4)
  const old = await run(['collector', '--listen', '127.0.0.1:0', '--data', data])
  expect([old.code, old.err]).toEqual([4, expect.stringContaining('export --give-up')])
  const another = await run(['collector', 'ledger', 'recover', '--new-origin', '--data', data])
  expect([another.code, another.err]).toEqual([4, expect.stringContaining('export --give-up')])
  expect(await checkLog(data, null, keyOf(data))).toMatchObject({
    ...{ state: 'broken', repair: expect.stringContaining('export --give-up') },
  })
})

test('the key of the log is looked at: its own, another, none; and none is made', async () => {
  const { folder, data } = await withLog()
  const state = async (key: string) => (await checkLog(data, null, key)).state
  expect(await state(keyOf(data))).toBe('good')
  const other = join(folder, 'other.key')
  openLogKey(other)
  expect(await state(other)).toBe('broken')
  expect(await state(join(folder, 'none.key'))).toBe('broken')
  expect(existsSync(join(folder, 'none.key'))).toBe(false)
  writeFileSync(join(folder, 'no.key'), 'no key', { mode: 0o600 })
  expect(await state(join(folder, 'no.key'))).toBe('broken')
  const fresh = join(folder, 'fresh')
  expect((await checkLog(fresh, null, keyOf(fresh))).state).toBe('good')
})

test('a full disk is called that, and not another collector; what a backup left there goes again', async () => {
  const { data } = await withLog()
  const disk = SmallDisk.mount(4 * 1024 * 1024)
  const full = join(disk.path, 'data')
  await (await openSqliteStore(full, START)).close()
  disk.fill()
  const begins = start(['collector', '--listen', '127.0.0.1:0', '--data', full])
  const begun = await begins.says(/listening/).then(
    () => expect.fail(`it began, with ${disk.freeBytes} octets free`),
    () => begins.ended,
  )
  expect([begun.code, begun.err]).toEqual([4, expect.stringContaining('make room')])
  expect(begun.err).not.toContain('another collector')
  const to = join(disk.path, 'backup')
  const made = await run(['collector', 'backup', to, '--data', data])
  expect([made.code, made.err]).toEqual([4, expect.stringContaining('make room')])
  expect(readdirSync(to)).toEqual([])
})

test('a backup into a folder that others may look into is still for its owner alone', async () => {
  const { folder, data } = await withLog()
  const to = join(folder, 'open')
  mkdirSync(to, { mode: 0o755 })
  const place = { dataDirectory: data, to, tokenFile: null, tls: null }
  await backUp({ ...place, version: '0', nowMs: START })
  expect(statSync(join(to, 'collector.sqlite')).mode & 0o077).toBe(0)
})

test('a backup that was broken off is told as that, and not taken for one', async () => {
  const { folder, data } = await withLog()
  const to = join(folder, 'broken-off')
  mkdirSync(join(to, 'keys'), { recursive: true })
  writeFileSync(join(to, 'collector.sqlite'), '')
  const again = await run(['collector', 'backup', to, '--data', data])
  expect([again.code, again.err]).toEqual([4, expect.stringContaining('was broken off')])
  const back = await run(['collector', 'restore', to, '--data', join(folder, 'fresh')])
  expect([back.code, back.err]).toEqual([3, expect.stringContaining('collector backup finished')])
})

test('a --last-signed that is no checkpoint is refused: no log ends over a mistyped name', async () => {
  const { folder, data } = await withLog()
  const [backup, fresh] = [join(folder, 'backup'), join(folder, 'fresh')]
  await run(['collector', 'backup', backup, '--data', data])
  const args = ['collector', 'restore', backup, '--data', fresh, '--last-signed', keyOf(data)]
  const done = await run(args)
  expect([done.code, done.err]).toEqual([3, expect.stringContaining('found no checkpoint')])
  expect(existsSync(fresh)).toBe(false)
})

const keyOf = (data: string) => join(data, 'keys', 'log.key')

/** A data directory with a log and its key. */
async function withLog(): Promise<{ readonly folder: string; readonly data: string }> {
  const folder = temporaryDirectory()
  const data = join(folder, 'data')
  const store = await openSqliteStore(data, START)
  const { publicKey } = openLogKey(keyOf(data))(ORIGIN)
  const signer = Buffer.from(publicKey).toString('hex')
  await store.ledger.openLog({ number: 0, origin: ORIGIN, signer, openedMs: START })
  await store.close()
  return { folder, data }
}

test('a backup into the data directory is refused, by a link too, and leaves nothing there', async () => {
  const data = join(temporaryDirectory(), 'data')
  await (await openSqliteStore(data, START)).close()
  const before = readdirSync(data)
  const link = join(data, '..', 'link')
  symlinkSync(data, link)
  for (const to of [join(data, 'backup'), join(link, 'deep', 'backup'), data]) {
    const { code, err } = await run(['collector', 'backup', to, '--data', data])
    expect([code, err]).toEqual([4, expect.stringContaining(`a directory outside of ${data}`)])
    expect(err).toContain('is lost with what it copies')
  }
  // Files that SQLite takes away again are no matter here: nothing came.
  expect(readdirSync(data).filter((name) => !before.includes(name))).toEqual([])
  const beside = await run(['collector', 'backup', `${data}-backup`, '--data', data])
  expect(beside).toMatchObject({ code: 0, err: '' })
})

test('a bundle that cannot be put where it is asked for names the place, and is no defect', async () => {
  const data = join(temporaryDirectory(), 'data')
  const store = await openSqliteStore(data, START)
  const key = openLogKey(join(data, 'keys', 'log.key'))(ORIGIN)
  const signer = Buffer.from(key.publicKey).toString('hex')
  await store.ledger.openLog({ number: 0, origin: ORIGIN, signer, openedMs: START })
  await store.close()
  const out = join(data, 'no such folder', 'leeds.bundle')
  const time = ['--from', '2026-03-02T06:00Z', '--to', '2026-03-02T06:15Z']
  const args = ['bundle', '--site', 'leeds', ...time, '--out', out, '--data', data, '--json']
  const { code, err } = await run(['collector', ...args])
  expect(code).toBe(4)
  expect(JSON.parse(err).error).toMatchObject({
    ...{ code: 'STORE', where: out, wanted: 'a file that can be written' },
    repair: expect.stringContaining('--out'),
  })
})
