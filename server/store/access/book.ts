import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

// biome-ignore lint/suspicious/noEmptyInterface: filled with the part
export interface AccessBook {}

export function accessBook(_db: Kysely<Tables>): AccessBook {
  return {}
}

/** Methods that only read: a second connection may serve them. */
export const ACCESS_READS: readonly (keyof AccessBook)[] = []
