import type { Kysely } from 'kysely'
import type { SqlitePlace } from '../sqlite/database.ts'
import type { ColumnTypes } from '../steps.ts'
import type { Tables } from '../tables.ts'

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

type DatabasePlace =
  | ({ readonly dialect: 'sqlite' } & SqlitePlace)
  | { readonly dialect: 'postgres'; readonly url: string }

/** Opens a database in this very thread, which it may block; only its own driver is loaded. @throws Fault STORE */
export async function openDatabase(
  place: DatabasePlace,
  connections?: number,
): Promise<OpenDatabase> {
  if (place.dialect === 'sqlite') {
    const { openSqlite } = await import('../sqlite/database.ts')
    return openSqlite(place)
  }
  const { openPostgres } = await import('../postgres/database.ts')
  return openPostgres(place.url, connections)
}
