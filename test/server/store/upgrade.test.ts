import { CompiledQuery } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MIGRATIONS, migrate } from '../../../server/store/migrations.ts'
import { openStore } from '../../../server/store/open.ts'
import type { OpenDatabase } from '../../../server/store/opened.ts'
import { packPayload, unpackPayload } from '../../../server/store/packed.ts'
import { openPostgres } from '../../../server/store/postgres/database.ts'
import { openSqlite } from '../../../server/store/sqlite/database.ts'
import type { Store } from '../../../server/store/store.ts'
import { PostgresServer } from '../../support/postgres.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { START } from '../support/fixtures.ts'
import { BOOT, OCTETS, PAYLOAD, SHA, STEP_FIXTURES, TO } from './fixtures-of-steps.ts'

/** Every schema that ever stood, with data in it, brought to the newest and read as a collector reads. */
let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
}, 180_000)
afterAll(() => server.remove())

interface Place {
  readonly database: string | null
  readonly dataDirectory: string
}

const DIALECTS: readonly [string, () => Promise<Place>][] = [
  ['sqlite', async () => ({ database: null, dataDirectory: temporaryDirectory() })],
  [
    'postgres',
    async () => ({ database: await server.database(), dataDirectory: temporaryDirectory() }),
  ],
]
const VERSIONS = MIGRATIONS.map((_, at) => at + 1)

test('every step that stands has a fixture', () => {
  expect(STEP_FIXTURES.length, 'add one to fixtures-of-steps.ts').toBe(MIGRATIONS.length)
  for (const { what, rows } of STEP_FIXTURES) expect(rows.length, what).toBeGreaterThan(0)
})

describe.each(DIALECTS)('on %s', (_dialect, place) => {
  test.each(VERSIONS)(
    'a database of version %i is brought up to date with all that is in it',
    {
      timeout: 120_000,
    },
    async (version) => {
      const at = await place()
      await makeOld(at, version)
      const store = await openStore(at, START)
      try {
        expect((await store.health()).schemaVersion).toBe(MIGRATIONS.length)
        await readBack(store, version)
        expect(await store.append([next()])).toEqual(['stored'])
        expect(await store.append([next()])).toEqual(['repeated'])
      } finally {
        await store.close()
      }
    },
  )

  test('a database of a newer program is refused, in plain words, and stays as it was', async () => {
    const at = await place()
    await makeOld(at, MIGRATIONS.length)
    await inDatabase(at, ({ db }) =>
      db.executeQuery(CompiledQuery.raw('insert into schema_version values (999, 0)')),
    )
    await expect(openStore(at, START)).rejects.toThrow(
      /wanted version \d+ or older.*found version 999/,
    )
  })
})

/** What each step's rows must still say, through the store's own reading. */
const READERS: readonly ((store: Store, version: number) => Promise<void>)[] = [
  async (store, version) => {
    const records = await store.between('leeds', START, TO, 10)
    expect(records.map(({ sequence }) => sequence)).toEqual([1, 2])
    expect(unpackPayload(records[0]?.packed ?? new Uint8Array()).equals(PAYLOAD)).toBe(true)
    expect((await store.newest())[0]).toMatchObject({
      newest: { sequence: 2 },
      lastReceivedMs: TO + 1000,
    })
    expect(await store.boots()).toMatchObject([{ boot: BOOT, records: 2, maxSequence: 3 }])
    expect(await store.profiles()).toMatchObject([{ id: 'test', addedMs: START }])
    const due = await store.history.claim('test', TO + 1e9, 1000, 10)
    // Records that are older than the history wait to be rolled up.
    if (version < 6) expect(due).toMatchObject([{ site: 'leeds', kind: 'interval' }])
  },
  async (store) => {
    expect((await store.rounds('leeds', START, TO, 5)).map(({ sequence }) => sequence)).toEqual([2])
  },
  async ({ access }) => {
    const found = await access.changesSince(-1)
    expect(found.sites).toMatchObject([
      { site: 'leeds', customer: 'acme', labels: { region: 'north' } },
    ])
    expect(found.keys).toMatchObject([{ agent: 'leeds-1', state: 'active' }])
    expect(found.tokens).toMatchObject([{ name: 'noc', customer: 'acme' }])
    expect(found.revision).toBe(1)
  },
  async ({ plans }) => {
    expect(await plans.newest('leeds')).toMatchObject({ version: 1, body: '{"site":{}}' })
  },
  async ({ ledger }) => {
    expect(await ledger.newestLog()).toMatchObject({
      origin: 'voip-ready-log/old/0',
      range: { size: 1 },
    })
    expect(await ledger.place('leeds', 'leeds-1', BOOT, 1)).toEqual({ logId: '0', index: 0 })
    expect(await ledger.newestCheckpoint('0')).toMatchObject({ size: 1, note: 'noteline' })
    expect((await ledger.unsequenced()).count).toBe(1)
  },
  async ({ history }) => {
    const span = { site: 'leeds', fromMs: START, toMs: START + 900_000 }
    expect(await history.periods(span)).toMatchObject([{ overall: 'READY', records: 15 }])
    expect(await history.verdictRuns(span, 5)).toMatchObject([
      { line: 'overall', verdict: 'READY' },
    ])
    expect(await history.pins('leeds')).toMatchObject([{ id: 'p1', why: 'claim' }])
  },
  async (store) => {
    expect(await store.changed(0, 10)).toMatchObject([{ agent: 'leeds-1', roundMs: TO }])
  },
  async ({ history }) => {
    expect(Buffer.from((await history.rawRows('leeds', SHA)) ?? []).equals(OCTETS(32))).toBe(true)
  },
  async ({ ledger }) => {
    expect(await ledger.place('york', 'york-1', BOOT, 1)).toEqual({ logId: '0', index: 0 })
  },
  async ({ history }) => {
    const span = { fromMs: START, toMs: TO }
    const [told] = await history.absentRows('leeds', span)
    expect(told).toEqual({
      ...{ agent: 'leeds-1', cause: 'overwritten', from: START, to: TO, toldMs: TO },
    })
  },
  async (store) => {
    expect((await store.runs('leeds', START, TO, 5)).map(({ sequence }) => sequence)).toEqual([1])
  },
]

async function readBack(store: Store, version: number): Promise<void> {
  expect(READERS.length, 'a step whose rows are never read').toBe(MIGRATIONS.length)
  for (const read of READERS.slice(0, version)) await read(store, version)
}

async function makeOld(place: Place, version: number): Promise<void> {
  await inDatabase(place, async ({ db, types, dialect }) => {
    for (let at = 1; at <= version; at += 1) {
      await migrate(db, types, START, at)
      for (const [text, ...octets] of STEP_FIXTURES[at - 1]?.rows ?? []) {
        await db.executeQuery(query(text, octets, dialect))
      }
    }
  })
}

function query(text: string, octets: readonly Uint8Array[], dialect: string): CompiledQuery {
  const bytes = octets.map((one) => Buffer.from(one))
  return CompiledQuery.raw(dialect === 'postgres' ? text.replace('?', '$1') : text, bytes)
}

async function inDatabase(
  { database, dataDirectory: directory }: Place,
  work: (open: OpenDatabase) => Promise<unknown>,
): Promise<void> {
  const open =
    database === null ? openSqlite({ directory, role: 'writer' }) : await openPostgres(database)
  try {
    await work(open)
  } finally {
    await open.close()
  }
}

/** The record after the fixtures' own, as the newest program writes it. */
function next() {
  const packed = packPayload(Buffer.from('{"next":true}'))
  return {
    ...{ site: 'leeds', agent: 'leeds-1', boot: BOOT, sequence: 4, receivedMs: TO + 2000 },
    ...{ fromMs: TO, toMs: TO + 60_000, profileSha256: 'a'.repeat(64) },
    ...{ payloadSha256: 'c'.repeat(64), packed, frame: '{"payload":""}', frameAt: 12 },
    leafHash: new Uint8Array(32),
  }
}
