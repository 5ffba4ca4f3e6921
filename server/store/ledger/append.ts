import type { Transaction } from 'kysely'
import type { RecordRow } from '../store.ts'
import type { Tables } from '../tables.ts'

/** In the transaction that stores them: records that the ledger's sequencer has yet to take in. */
export async function noteUnsequenced(
  _tx: Transaction<Tables>,
  _rows: readonly RecordRow[],
): Promise<void> {}
