import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

// biome-ignore lint/suspicious/noEmptyInterface: filled with the part
export interface LedgerBook {}

export function ledgerBook(_db: Kysely<Tables>): LedgerBook {
  return {}
}

/** Methods that only read: a second connection may serve them. */
export const LEDGER_READS: readonly (keyof LedgerBook)[] = []
