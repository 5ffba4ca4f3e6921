import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { collectorLog } from '../../../server/log.ts'
import { checkDatabase } from '../../../server/operations/database-checkup.ts'
import { Readiness } from '../../../server/readiness.ts'
import { migratePostgres } from '../../../server/store/postgres/migrate.ts'
import { checkUrl } from '../../../server/store/postgres/open.ts'
import { PostgresServer } from '../../support/postgres.ts'
import { start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { START } from '../support/fixtures.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
  await ask(await server.database(), 'create role poor login')
})
afterAll(() => server.remove())

const asPoor = (url: string) => url.replace('//postgres@', '//poor@')
const OWN = expect.stringContaining('ALTER DATABASE ... OWNER TO')

test('a user who may sign in and no more is told what to grant, and nobody calls that a defect', async () => {
  const empty = asPoor(await server.database())
  const wanted = { name: 'Fault', code: 'STORE', found: 'permission denied for schema public' }
  await expect(migratePostgres(empty, 'postgres', START)).rejects.toMatchObject({
    ...{ ...wanted, repair: OWN },
  })
  expect(await checkDatabase('', empty)).toMatchObject({
    ...{ state: 'broken', found: expect.stringContaining('may make no tables'), repair: OWN },
  })
  const made = await server.migrated()
  await ask(
    made,
    'grant create on schema public to poor',
    'grant select on all tables in schema public to poor',
  )
  expect(await checkDatabase('', asPoor(made))).toMatchObject({
    ...{ state: 'broken', found: expect.stringContaining('may not write the table '), repair: OWN },
  })
  expect(await checkDatabase('', made)).toMatchObject({ state: 'good' })
})

test('a collector that such a database does not let write ends with its word, and hangs on nothing', async () => {
  const place = ['--data', temporaryDirectory(), '--database', asPoor(await server.database())]
  const running = start(['collector', '--listen', '127.0.0.1:0', ...place])
  await running.says(/permission denied for schema public/)
  const saidMs = performance.now()
  expect((await running.ended).code).toBe(4)
  expect(performance.now() - saidMs).toBeLessThan(5000)
})

test('a database that goes away: 503 and its reason, no stack in the log, and all is well again', async () => {
  const place = [
    '--data',
    join(temporaryDirectory(), 'data'),
    '--database',
    await server.database(),
  ]
  const running = start(['collector', '--listen', '127.0.0.1:0', ...place])
  const url = /url=(\S+)/.exec(await running.says(/listening url=\S+ /))?.[1]
  const sites = () => fetch(`${url}/api/v1/sites`)
  expect((await sites()).status).toBe(200)
  await server.down()
  onTestFinished(() => server.up().catch(() => {}))
  // What is known of the store is kept for a second: a question within it is answered.
  await expect.poll(async () => (await sites()).status, { timeout: 30_000 }).toBe(503)
  const away = await sites()
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await away.json()).toMatchObject({ type: 'urn:voip-ready:problem:store-away' })
  const reasons = async () => {
    const answer = await fetch(`${url}/readyz`)
    return ((await answer.json()) as { readonly reasons: readonly object[] }).reasons
  }
  await expect.poll(reasons, { timeout: 30_000 }).toContainEqual(
    expect.objectContaining({
      ...{ what: 'store', found: expect.stringContaining('before: ') },
      repair: expect.stringContaining('DATABASE_URL'),
    }),
  )
  await server.up()
  await expect.poll(async () => (await sites()).status, { timeout: 30_000 }).toBe(200)
  running.child.kill('SIGTERM')
  const { out } = await running.ended
  expect(out).toMatch(/the database does not do what requests need .*: connect/)
  expect(out).not.toMatch(/^ {4}at /m)
  // Each second would say the same.
  expect(out.split('runs: the store did not answer').length).toBeLessThan(4)
})

test('an error of the disk is logged in its words, one of the program with its stack', () => {
  const said: string[] = []
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said.push(String(text))
    return true
  })
  const log = collectorLog(false, 'info')
  const full = Object.assign(new Error('read-only file system, open keys'), { code: 'EROFS' })
  log.error({ err: full }, 'ledger: a turn failed')
  log.error({ err: new Error('never thought of') }, 'internal error')
  written.mockRestore()
  const [ofDisk = '', ofProgram = ''] = said
  expect(ofDisk).toMatch(/ledger: a turn failed.*: read-only file system, open keys\n$/)
  expect(ofProgram).toMatch(/internal error\nError: never thought of\n {4}at /)
})

test('a SQLite that does not answer is sought on the disk, not at a server', async () => {
  const store = { aside: { dialect: 'sqlite', directory: '', role: 'reader', nowMs: 0 } } as const
  const health = () => Promise.reject(new Error('disk I/O error'))
  const options = { waiting: () => 0, maxWaiting: 1, patienceMs: 1000 }
  const readiness = new Readiness({ ...options, store: { ...store, health, writable: health } })
  const [reason] = await readiness.reasons()
  expect(reason?.repair).toContain('data directory')
})

test.each(['postgres://voip:se#cret@db/voip', 'postgresql://voip:se/cret@db:5432:1/voip'])(
  'the URL %s is told how a password is written in one, and is not quoted',
  (url) => {
    expect(() => checkUrl(url)).toThrow(/# as %23/)
    expect(() => checkUrl(url)).not.toThrow(/cret/)
  },
)

async function ask(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}
