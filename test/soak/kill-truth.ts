import { type Kysely, sql } from 'kysely'
import { openPostgres } from '../../server/store/postgres/database.ts'
import { openSqlite } from '../../server/store/sqlite/database.ts'
import type { Tables } from '../../server/store/tables.ts'
import { checkLogs } from '../../server/store/transfer/check-log.ts'
import { countRows } from '../../server/store/transfer/rows.ts'
import type { KillLoad } from './kill-load.ts'

export interface KillTruth {
  readonly figures: {
    readonly sent: number
    readonly acknowledged: number
    readonly present: number
    readonly lost: number
    readonly duplicates: number
    /** Sent again because the acknowledgement was lost with the collector. */
    readonly repeated: number
    readonly leaves: number
    readonly checkpoints: number
  }
  /** In sentences; empty when every promise was kept. */
  readonly wrong: readonly string[]
}

/** Holds the database of a collector that has stopped against what its senders know. */
export async function holdAgainst(
  place: { readonly data: string; readonly database: string | null },
  load: KillLoad,
): Promise<KillTruth> {
  const { data: directory, database } = place
  const open =
    database === null ? openSqlite({ directory, role: 'reader' }) : await openPostgres(database)
  try {
    return await look(open.db, load)
  } finally {
    await open.close()
  }
}

async function look(db: Kysely<Tables>, load: KillLoad): Promise<KillTruth> {
  const wrong: string[] = []
  const rows = await db
    .selectFrom('record')
    .select(['boot', 'sequence', 'payload_sha256'])
    .execute()
  const stored = new Map(rows.map((row) => [`${row.boot}/${row.sequence}`, row.payload_sha256]))
  const lost = [...load.acknowledged].filter(([at, sha256]) => stored.get(at) !== sha256)
  for (const [at] of lost.slice(0, 5)) wrong.push(`${at} was acknowledged and is not there`)
  const foreign = [...stored.keys()].filter((at) => !load.sent.has(at))
  if (foreign.length > 0) wrong.push(`${foreign.length} records that nobody sent`)
  const duplicates = rows.length - stored.size
  if (duplicates > 0) wrong.push(`${duplicates} records are there twice`)
  const counted = await db.selectFrom('agent_boot').select('records').execute()
  const sum = counted.reduce((total, { records }) => total + records, 0)
  if (sum !== rows.length) wrong.push(`${sum} records counted, ${rows.length} there`)
  const leaves = await lookAtLog(db, rows.length, wrong)
  const checkpoints = await countRows(db, 'ledger_checkpoint')
  const { sent, acknowledged, repeated } = load
  const figures = {
    ...{ sent: sent.size, acknowledged: acknowledged.size, present: rows.length },
    ...{ lost: lost.length, duplicates, repeated, leaves, checkpoints },
  }
  return { figures, wrong }
}

/** Every record has one leaf, every leaf one record or entry, and the log adds up to what was signed. */
async function lookAtLog(db: Kysely<Tables>, records: number, wrong: string[]): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from (select distinct idx from ledger_record
    union select distinct idx from ledger_entry) as leaves`.execute(db)
  const places = rows[0]?.n ?? 0
  const placed = await countRows(db, 'ledger_record')
  const waiting = await db.selectFrom('ledger_pending').select('ref').execute()
  if (placed + waiting.length < records) wrong.push(`${records} records, ${placed} in the log`)
  try {
    const [log] = await checkLogs(db)
    if (log?.size !== places)
      wrong.push(`${log?.size} leaves, and ${places} that something stands at`)
    return log?.size ?? 0
  } catch (error) {
    wrong.push(String(error))
    return 0
  }
}
