import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { type Checkup, exitOf, renderCheckups } from '../../../server/operations/checkup.ts'
import { judgeSpace, judgeSync } from '../../../server/operations/disk.ts'
import { type DoctorOptions, visit } from '../../../server/operations/doctor.ts'
import { checkClock, judgeOpenFiles } from '../../../server/operations/host.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { SmallDisk } from '../../faults/small-disk.ts'
import { run } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const SYNCHRONISED = 'C0A80001,h,2,1.0,0.000012,0.0,0.0,1.0,0.0,0.1,0.01,0.001,64.0,Normal\n'
const DAY_MS = 24 * 3600 * 1000

test('a host that is well: every line good, exit 0, and nothing is left behind', async () => {
  const data = await dataDirectory()
  const before = readdirSync(data)
  const found = await look({ dataDirectory: data })
  // How fast and how full its disk is just now is this machine's own affair; that it is told is not.
  const ofTheDisk = found.filter(({ name }) => ['fsync', 'disk space'].includes(name))
  expect(ofTheDisk.map((one) => one.found)).toEqual([
    expect.stringContaining('GiB'),
    expect.stringContaining('ms at the median'),
  ])
  const rest = found.filter((one) => !ofTheDisk.includes(one))
  expect(rest.filter(({ state }) => state !== 'good')).toEqual([])
  expect(exitOf(rest)).toBe(0)
  expect(readdirSync(data).filter((name) => !before.includes(name))).toEqual([])
  expect(named(found, 'database').found).toContain('synchronous=FULL')
})

test('a directory that others may look into, and a file in its place', async () => {
  const data = await dataDirectory()
  chmodSync(data, 0o755)
  expect(named(await look({ dataDirectory: data }), 'data directory').state).toBe('doubtful')
  const file = join(data, 'file')
  writeFileSync(file, '')
  const found = await look({ dataDirectory: file })
  expect(named(found, 'data directory')).toMatchObject({
    state: 'broken',
    found: `${file} is a file`,
  })
  expect(exitOf(found)).toBe(4)
})

test('a disk that can only be read is not another user\u2019s', async () => {
  const disk = SmallDisk.mount(8 * 1024 * 1024)
  const data = join(disk.path, 'data')
  await (await openSqliteStore(data, 0)).close()
  disk.protect()
  const directory = named(await look({ dataDirectory: data }), 'data directory')
  expect(directory).toMatchObject({
    ...{ state: 'broken', found: expect.stringContaining('mounted read-only') },
    repair: expect.stringContaining('mount it for writing'),
  })
  expect(directory.repair).not.toContain('chown')
  const made = run(['collector', '--data', join(disk.path, 'new'), '--listen', '127.0.0.1:0'])
  expect(await made).toMatchObject({ code: 4, err: expect.stringContaining('mounted read-only') })
})

test('a database that everybody may read is told, and a start makes it its owner\u2019s', async () => {
  const data = await dataDirectory()
  const files = ['', '-wal', '-shm'].map((end) => join(data, `collector.sqlite${end}`))
  for (const file of files) {
    writeFileSync(file, '', { flag: 'a' })
    chmodSync(file, 0o644)
  }
  const database = async () => named(await look({ dataDirectory: data }), 'database')
  expect(await database()).toMatchObject({
    ...{ state: 'doubtful', found: expect.stringContaining('others may read') },
    repair: expect.stringContaining(`chmod 600 ${files[0]}`),
  })
  const store = await openSqliteStore(data, 0)
  onTestFinished(() => store.close())
  expect(files.map((file) => (statSync(file).mode & 0o777).toString(8))).toEqual(
    files.map(() => '600'),
  )
  expect((await database()).state).toBe('good')
})

test('keys and tokens that others may read are named, with the way to mend it', async () => {
  const data = await dataDirectory()
  mkdirSync(join(data, 'keys'))
  writeFileSync(join(data, 'keys', 'log.pem'), '', { mode: 0o644 })
  const secrets = named(await look({ dataDirectory: data }), 'secret files')
  expect(secrets.state).toBe('broken')
  expect(secrets.repair).toContain(`chmod 600 ${join(data, 'keys', 'log.pem')}`)
})

test('a broken token file', async () => {
  const data = await dataDirectory()
  writeFileSync(join(data, 'tokens.json'), '{"format":', { mode: 0o600 })
  expect(named(await look({ dataDirectory: data }), 'token file').state).toBe('broken')
})

test('a database that is none, and one of a newer program', async () => {
  const none = temporaryDirectory()
  writeFileSync(join(none, 'collector.sqlite'), 'not a database at all, but long enough to be read')
  expect(named(await look({ dataDirectory: none }), 'database').state).toBe('broken')
  const newer = await dataDirectory()
  const raw = new Sqlite(join(newer, 'collector.sqlite'))
  raw.exec('insert into schema_version values (9999, 0)')
  raw.close()
  const database = named(await look({ dataDirectory: newer }), 'database')
  expect([database.state, database.found]).toEqual(['broken', expect.stringContaining('9999')])
})

test('a PostgreSQL that does not answer is broken, and its password is not told', {
  timeout: 120_000,
}, async () => {
  const database = 'postgres://collector:s3cret@127.0.0.1:1/voip'
  const found = await look({ dataDirectory: await dataDirectory(), database })
  expect(named(found, 'database').state).toBe('broken')
  expect(JSON.stringify(found)).not.toContain('s3cret')
})

test('a port in use is broken, unless by the collector of this data directory', async () => {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const data = await dataDirectory()
  expect(named(await look({ dataDirectory: data, port }), 'port').state).toBe('broken')
  const store = await openSqliteStore(data, 0)
  onTestFinished(() => store.close())
  expect(named(await look({ dataDirectory: data, port }), 'port').state).toBe('good')
})

test('a certificate: good, soon over, expired, and with the key of another', async () => {
  const [own, other] = [certificate(), certificate()]
  const data = await dataDirectory()
  const state = async (tls: DoctorOptions['tls'], days = 0) =>
    named(
      await look({ dataDirectory: data, tls, nowMs: Date.now() + days * DAY_MS }),
      'certificate',
    ).state
  expect(await state(own)).toBe('good')
  expect(await state(own, 20)).toBe('doubtful')
  expect(await state(own, 31)).toBe('broken')
  expect(await state({ cert: own.cert, key: other.key })).toBe('broken')
})

test('a profile that does not load', async () => {
  const found = await look({ dataDirectory: await dataDirectory(), profiles: ['no-such-profile'] })
  expect(named(found, 'profiles').state).toBe('broken')
})

test('little room, a network file system, a slow disk, few open files', () => {
  const gib = 1024 ** 3
  const space = (bytes: number, inodes = 1e6, type = 0xef53) =>
    judgeSpace({ bytes, inodes, type }).state
  expect([space(100 * gib), space(gib), space(gib / 8)]).toEqual(['good', 'doubtful', 'broken'])
  expect([space(100 * gib, 5), space(100 * gib, 1e6, 0x6969)]).toEqual(['doubtful', 'broken'])
  expect(judgeSync({ p50Ms: 80, maxMs: 90 }).state).toBe('doubtful')
  expect(judgeOpenFiles('Max open files            1024     4096     files').state).toBe('doubtful')
  expect(judgeOpenFiles(null).state).toBe('unknown')
})

test('the clock is never called good on nobody’s word', async () => {
  const off = SYNCHRONISED.replace('Normal', 'Not synchronised')
  const state = async (ask: DoctorOptions['ask']) => (await checkClock(ask)).state
  expect(await state(async () => null)).toBe('unknown')
  expect(await state(async (program) => (program === 'chronyc' ? off : null))).toBe('doubtful')
  const systemd = (answer: string) => async (program: string) =>
    program === 'timedatectl' ? `NTPSynchronized=${answer}\n` : null
  expect([await state(systemd('yes')), await state(systemd('no'))]).toEqual(['good', 'doubtful'])
})

test('as a command: a table of at most 100 columns, the same as JSON, and the exit code', {
  timeout: 120_000,
}, async () => {
  const data = temporaryDirectory()
  writeFileSync(join(data, 'collector.sqlite'), 'not a database at all, but long enough to be read')
  const args = ['collector', 'doctor', '--data', data, '--listen', '127.0.0.1:0']
  const [table, json] = await Promise.all([run(args), run([...args, '--json'])])
  expect([table.code, json.code]).toEqual([4, 4])
  expect(table.out.split('\n').filter((line) => line.length > 100)).toEqual([])
  const { checkups } = JSON.parse(json.out) as { readonly checkups: Checkup[] }
  expect(checkups.map(({ name }) => name).filter((name) => !table.out.includes(name))).toEqual([])
  expect(renderCheckups(checkups)).toContain('to mend:')
})

function look(change: Partial<DoctorOptions>): Promise<Checkup[]> {
  return visit({
    ...{ dataDirectory: '', database: null, host: '127.0.0.1', port: 0, profiles: [] },
    ...{ tokenFile: null, tls: null, logKey: null, nowMs: Date.now() },
    ask: async (program) => (program === 'chronyc' ? SYNCHRONISED : null),
    ...change,
  })
}

function named(checkups: readonly Checkup[], name: string): Checkup {
  const found = checkups.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no line of ${name}`)
  return found
}

async function dataDirectory(): Promise<string> {
  const data = temporaryDirectory()
  const store = await openSqliteStore(data, 0)
  await store.close()
  expect(statSync(data).mode & 0o077).toBe(0)
  return data
}

/** Self-signed, for 30 days. */
function certificate() {
  const folder = temporaryDirectory()
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const args = ['req', '-x509', ...curve, '-days', '30', '-subj', '/CN=collector']
  const made = spawnSync('openssl', [...args, '-keyout', key, '-out', cert], { encoding: 'utf8' })
  expect(made.status, made.stderr).toBe(0)
  chmodSync(key, 0o600)
  return { cert, key }
}
