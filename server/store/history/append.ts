import type { Transaction } from 'kysely'
import type { RecordRow } from '../store.ts'
import type { Tables } from '../tables.ts'

/** In the transaction that stores them: the intervals that these records change. */
export async function markIntervals(
  _tx: Transaction<Tables>,
  _rows: readonly RecordRow[],
): Promise<void> {}
