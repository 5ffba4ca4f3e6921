import { type Kysely, sql, type Transaction } from 'kysely'
import { bulkStatement } from './bulk.ts'
import { markIntervals } from './history/append.ts'
import { noteUnsequenced } from './ledger/append.ts'
import type { RecordRow } from './record-row.ts'
import type { AppendOutcome } from './store.ts'
import { freshness } from './store.ts'
import type { RecordTable, Tables } from './tables.ts'

/**
 * Stores rows in one transaction, each at most once by (site, agent, boot, sequence), and moves the
 * newest state of their agents forward. Never fails on a row that is there already: it says whether
 * that one holds the same bytes.
 */
export async function appendRows(
  db: Kysely<Tables>,
  rows: readonly RecordRow[],
): Promise<AppendOutcome[]> {
  if (rows.length === 0) return []
  return db.transaction().execute(async (tx) => {
    const digests = new Map<string, string>()
    const firsts: RecordRow[] = []
    for (const row of rows) {
      if (digests.has(keyOf(row))) continue
      digests.set(keyOf(row), row.payloadSha256)
      firsts.push(row)
    }
    const stored = await insertNew(tx, firsts)
    for (const row of firsts) {
      if (!stored.has(keyOf(row))) digests.set(keyOf(row), await digestOf(tx, row))
    }
    const fresh = firsts.filter((row) => stored.has(keyOf(row)))
    await noteCarrying(tx, fresh)
    await countBoots(tx, fresh)
    await moveAgents(tx, fresh)
    await noteUnsequenced(tx, fresh)
    await markIntervals(tx, fresh)
    return rows.map((row) => {
      if (digests.get(keyOf(row)) !== row.payloadSha256) return 'conflict'
      return stored.delete(keyOf(row)) ? 'stored' : 'repeated'
    })
  })
}

const insertRecords = bulkStatement<RecordTable>((db, rows) =>
  db
    .insertInto('record')
    .values([...rows])
    .onConflict((on) => on.columns(['site', 'agent', 'boot', 'sequence']).doNothing())
    .returning(['site', 'agent', 'boot', 'sequence'])
    .compile(),
)

async function insertNew(
  tx: Transaction<Tables>,
  rows: readonly RecordRow[],
): Promise<Set<string>> {
  const inserted = await insertRecords.run(tx, rows.map(toTable))
  return new Set(inserted.map((row) => keyOf(row as Parameters<typeof keyOf>[0])))
}

async function digestOf(tx: Transaction<Tables>, row: RecordRow): Promise<string> {
  const found = await tx
    .selectFrom('record')
    .select('payload_sha256')
    .where('site', '=', row.site)
    .where('agent', '=', row.agent)
    .where('boot', '=', row.boot)
    .where('sequence', '=', row.sequence)
    .executeTakeFirstOrThrow()
  return found.payload_sha256
}

async function noteCarrying(tx: Transaction<Tables>, rows: readonly RecordRow[]): Promise<void> {
  const carrying = rows.flatMap((row) => {
    const { carries } = row
    return carries == null || carries === 'look' ? [] : [{ ...row, is: carries }]
  })
  if (carrying.length === 0) return
  await tx
    .insertInto('record_round')
    .values(
      carrying.map(({ site, agent, boot, sequence, toMs, is }) => ({
        ...{ site, agent, boot, sequence },
        ...{ to_ms: toMs, carries: is },
      })),
    )
    .execute()
}

async function countBoots(tx: Transaction<Tables>, rows: readonly RecordRow[]): Promise<void> {
  const counts = new Map<string, Tables['agent_boot']>()
  for (const { site, agent, boot, sequence } of rows) {
    const key = `${site}/${agent}/${boot}`
    const before = counts.get(key)
    counts.set(key, {
      site,
      agent,
      boot,
      records: (before?.records ?? 0) + 1,
      max_sequence: Math.max(before?.max_sequence ?? 0, sequence),
    })
  }
  await upsertBoots.run(
    tx,
    sorted(counts).map(([, count]) => count),
  )
}

const upsertBoots = bulkStatement<Tables['agent_boot']>((db, rows) =>
  db
    .insertInto('agent_boot')
    .values([...rows])
    .onConflict((on) =>
      on.columns(['site', 'agent', 'boot']).doUpdateSet({
        records: sql`agent_boot.records + excluded.records`,
        max_sequence: larger('agent_boot.max_sequence', 'excluded.max_sequence'),
      }),
    )
    .compile(),
)

async function moveAgents(tx: Transaction<Tables>, rows: readonly RecordRow[]): Promise<void> {
  const newest = new Map<string, RecordRow>()
  const heard = new Map<string, number>()
  const rounds = new Map<string, number>()
  for (const row of rows) {
    const key = `${row.site}/${row.agent}`
    const before = newest.get(key)
    if (before === undefined || freshness(row) >= freshness(before)) newest.set(key, row)
    heard.set(key, Math.max(heard.get(key) ?? 0, row.receivedMs))
    if (row.carries != null) rounds.set(key, row.receivedMs)
  }
  await upsertAgents.run(
    tx,
    sorted(newest).map(([key, { site, agent, boot, sequence, ...row }]) => ({
      ...{ site, agent, boot, sequence },
      fresh_ms: freshness(row),
      last_received_ms: heard.get(key) ?? row.receivedMs,
      round_ms: rounds.get(key) ?? null,
    })),
  )
}

const upsertAgents = bulkStatement<Tables['agent_state']>((db, rows) => {
  const keepNew = sql<boolean>`excluded.fresh_ms >= agent_state.fresh_ms`
  const pick = (column: 'boot' | 'sequence' | 'fresh_ms') =>
    sql<never>`case when ${keepNew} then ${sql.ref(`excluded.${column}`)} else ${sql.ref(`agent_state.${column}`)} end`
  return db
    .insertInto('agent_state')
    .values([...rows])
    .onConflict((on) =>
      on.columns(['site', 'agent']).doUpdateSet({
        boot: pick('boot'),
        sequence: pick('sequence'),
        fresh_ms: pick('fresh_ms'),
        last_received_ms: larger('agent_state.last_received_ms', 'excluded.last_received_ms'),
        round_ms: sql`coalesce(excluded.round_ms, agent_state.round_ms)`,
      }),
    )
    .compile()
})

/** The larger of two columns in words that every dialect has (max and greatest are not). */
function larger(a: string, b: string) {
  return sql<never>`case when ${sql.ref(a)} >= ${sql.ref(b)} then ${sql.ref(a)} else ${sql.ref(b)} end`
}

/** Rows of one order: two collectors that upsert the same ones wait for each other, not in a ring. */
function sorted<T>(rows: ReadonlyMap<string, T>): [string, T][] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
}

function keyOf(row: Pick<RecordTable, 'site' | 'agent' | 'boot' | 'sequence'>): string {
  return `${row.site}/${row.agent}/${row.boot}/${row.sequence}`
}

function toTable(row: RecordRow): RecordTable {
  return {
    site: row.site,
    agent: row.agent,
    boot: row.boot,
    sequence: row.sequence,
    received_ms: row.receivedMs,
    from_ms: row.fromMs,
    to_ms: row.toMs,
    profile_sha256: row.profileSha256,
    payload_sha256: row.payloadSha256,
    payload: row.packed,
    frame: row.frame,
    frame_at: row.frameAt,
  }
}
