import type { Insertable, Kysely, Transaction } from 'kysely'
import { bulkStatement } from '../bulk.ts'
import type { RecordRow } from '../record-row.ts'
import type { Tables } from '../tables.ts'
import type { PendingTable } from './tables.ts'

/** A record is late when it comes this long after the end of its window. */
export const LATE_AFTER_MS = 10 * 60_000

/** In the transaction that stores them: records that the ledger's sequencer has yet to take in. */
export async function noteUnsequenced(
  tx: Transaction<Tables>,
  rows: readonly RecordRow[],
): Promise<void> {
  await addPending(
    tx,
    rows.map((row, turn) => {
      const lateMs = row.receivedMs - row.toMs
      return {
        ...{ site: row.site, ref: `${row.agent}/${row.boot}/${row.sequence}` },
        ...{ received_ms: row.receivedMs, turn, kind: 'record', about: '' },
        ...{ leaf: row.leafHash, body: null },
        late_ms: lateMs > LATE_AFTER_MS ? lateMs : 0,
      }
    }),
  )
}

/** Adds what must get a place in the log; what waits already stays as it is. */
export async function addPending(
  db: Kysely<Tables>,
  rows: readonly Insertable<PendingTable>[],
): Promise<void> {
  await insertPending.run(db, rows)
}

const insertPending = bulkStatement<Insertable<PendingTable>>((db, rows) =>
  db
    .insertInto('ledger_pending')
    .values([...rows])
    .onConflict((on) => on.columns(['site', 'ref']).doNothing())
    .compile(),
)
