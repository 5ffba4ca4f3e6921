import type { Kysely, Selectable } from 'kysely'
import { EMPTY_RANGE, HASH_OCTETS, type Range } from '../../../shared/evidence/merkle.ts'
import type { Tables } from '../tables.ts'
import type { LedgerTables } from './tables.ts'

/** A log and how far it has come. */
export interface LogHead {
  readonly logId: string
  /** 0 for the first; a log that cannot be continued is followed by one of the next number. */
  readonly number: number
  readonly origin: string
  /** Raw public key, hexadecimal. */
  readonly signer: string
  readonly range: Range
  readonly openedMs: number
}

/** The log that is written, or null before the first. */
export async function newestLog(db: Kysely<Tables>): Promise<LogHead | null> {
  const row = await db
    .selectFrom('ledger_log')
    .selectAll()
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : toHead(row)
}

/** All logs, oldest first: there are more than one only after a recovery. */
export async function allLogs(db: Kysely<Tables>): Promise<LogHead[]> {
  return (await db.selectFrom('ledger_log').selectAll().orderBy('number').execute()).map(toHead)
}

export async function logHead(db: Kysely<Tables>, logId: string): Promise<LogHead | null> {
  const row = await db
    .selectFrom('ledger_log')
    .selectAll()
    .where('log_id', '=', logId)
    .executeTakeFirst()
  return row === undefined ? null : toHead(row)
}

/** Begins a log; one that is there already stays as it is. */
export async function openLog(
  db: Kysely<Tables>,
  log: Pick<LogHead, 'number' | 'origin' | 'signer' | 'openedMs'>,
): Promise<void> {
  const { number, origin, signer, openedMs } = log
  await db
    .insertInto('ledger_log')
    .values({
      ...{ log_id: String(number), number, origin, signer, opened_ms: openedMs },
      ...{ size: 0, roots: new Uint8Array() },
    })
    .onConflict((on) => on.column('log_id').doNothing())
    .execute()
}

/** Moves the head on from the size that it was read at; false when somebody else has moved it. */
export async function moveHead(
  db: Kysely<Tables>,
  logId: string,
  from: number,
  { size, roots }: Range,
): Promise<boolean> {
  const done = await db
    .updateTable('ledger_log')
    .set({ size, roots: Buffer.concat(roots) })
    .where('log_id', '=', logId)
    .where('size', '=', from)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

function toHead(row: Selectable<LedgerTables['ledger_log']>): LogHead {
  const { log_id: logId, number, origin, signer, opened_ms: openedMs, size } = row
  const roots = Array.from({ length: row.roots.length / HASH_OCTETS }, (_, at) =>
    Uint8Array.from(row.roots.subarray(at * HASH_OCTETS, (at + 1) * HASH_OCTETS)),
  )
  const range = size === 0 ? EMPTY_RANGE : { size, roots }
  return { logId, number, origin, signer, range, openedMs }
}
