import type { Kysely } from 'kysely'
import type { ColumnTypes } from './steps.ts'
import type { Tables } from './tables.ts'

/** A database that a thread has open. */
export interface OpenDatabase {
  readonly dialect: 'sqlite' | 'postgres'
  readonly db: Kysely<Tables>
  /** What its columns are called. */
  readonly types: ColumnTypes
  /** True where calls may run side by side, each on a connection of its own. */
  readonly concurrent: boolean
  /** SQLite: reads `PRAGMA synchronous` of this very connection; null elsewhere. */
  synchronous(): number | null
  close(): Promise<void>
}
