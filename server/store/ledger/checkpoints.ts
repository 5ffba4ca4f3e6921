import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import { type Lease, renewLease } from './lease.ts'

export interface StoredCheckpoint {
  readonly logId: string
  readonly size: number
  /** The signed note; read back with the cosignatures that have come for it. */
  readonly note: string
  readonly atMs: number
}

export interface StoredCosignature {
  readonly logId: string
  readonly size: number
  /** Name and key id, as in the witness's verifier key. */
  readonly witness: string
  /** Its signature line, newline included. */
  readonly line: string
  readonly atMs: number
}

/** Publishes a checkpoint; false, and nothing, when the lease has changed hands. */
export function putCheckpoint(
  db: Kysely<Tables>,
  lease: Lease,
  { logId, size, note, atMs }: StoredCheckpoint,
  untilMs: number,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    if (!(await renewLease(tx, lease, untilMs))) return false
    await tx
      .insertInto('ledger_checkpoint')
      .values({ log_id: logId, size, note, at_ms: atMs })
      .onConflict((on) => on.columns(['log_id', 'size']).doNothing())
      .execute()
    return true
  })
}

/** Keeps the line of a witness, which whoever calls this has verified. The first one stays. */
export async function putCosignature(db: Kysely<Tables>, given: StoredCosignature): Promise<void> {
  const { logId, size, witness, line, atMs } = given
  await db
    .insertInto('ledger_cosignature')
    .values({ log_id: logId, size, witness, line, at_ms: atMs })
    .onConflict((on) => on.columns(['log_id', 'size', 'witness']).doNothing())
    .execute()
}

export function newestCheckpoint(
  db: Kysely<Tables>,
  logId: string,
): Promise<StoredCheckpoint | null> {
  return one(db, checkpointsOf(db, logId).orderBy('size', 'desc'))
}

/** The first checkpoint that covers a leaf; null while none does. */
export function checkpointOver(
  db: Kysely<Tables>,
  logId: string,
  index: number,
): Promise<StoredCheckpoint | null> {
  return one(db, checkpointsOf(db, logId).where('size', '>', index).orderBy('size'))
}

/** The last checkpoint of at most this size; null where there is none. */
export function checkpointUnder(
  db: Kysely<Tables>,
  logId: string,
  size: number,
): Promise<StoredCheckpoint | null> {
  return one(db, checkpointsOf(db, logId).where('size', '<=', size).orderBy('size', 'desc'))
}

/** Checkpoints of sizes in [from, to], smallest first, at most `limit`. */
export async function checkpointsBetween(
  db: Kysely<Tables>,
  logId: string,
  range: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<StoredCheckpoint[]> {
  const rows = await checkpointsOf(db, logId)
    .where('size', '>=', range.from)
    .where('size', '<=', range.to)
    .orderBy('size')
    .limit(range.limit)
    .execute()
  return withCosignatures(db, logId, rows)
}

type Row = Pick<Tables['ledger_checkpoint'], 'size' | 'note' | 'at_ms'>

function checkpointsOf(db: Kysely<Tables>, logId: string) {
  const columns = ['log_id', 'size', 'note', 'at_ms'] as const
  return db.selectFrom('ledger_checkpoint').select(columns).where('log_id', '=', logId)
}

async function one(
  db: Kysely<Tables>,
  query: ReturnType<typeof checkpointsOf>,
): Promise<StoredCheckpoint | null> {
  const row = await query.limit(1).executeTakeFirst()
  if (row === undefined) return null
  const [found] = await withCosignatures(db, row.log_id, [row])
  return found ?? null
}

/** A witness's line stands below the log's own, in the order of their names. */
async function withCosignatures(
  db: Kysely<Tables>,
  logId: string,
  rows: readonly Row[],
): Promise<StoredCheckpoint[]> {
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return []
  const lines = await db
    .selectFrom('ledger_cosignature')
    .select(['size', 'line'])
    .where('log_id', '=', logId)
    .where('size', '>=', first.size)
    .where('size', '<=', last.size)
    .orderBy('size')
    .orderBy('witness')
    .execute()
  const bySize = new Map<number, string>()
  for (const { size, line } of lines) bySize.set(size, (bySize.get(size) ?? '') + line)
  return rows.map(({ size, note, at_ms }) => ({
    ...{ logId, size, atMs: at_ms },
    note: note + (bySize.get(size) ?? ''),
  }))
}
