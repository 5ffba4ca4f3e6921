import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

// biome-ignore lint/suspicious/noEmptyInterface: filled with the part
export interface HistoryBook {}

export function historyBook(_db: Kysely<Tables>): HistoryBook {
  return {}
}

/** Methods that only read: a second connection may serve them. */
export const HISTORY_READS: readonly (keyof HistoryBook)[] = []
