import { checkUrl, openPostgresStore } from './postgres/open.ts'
import type { SqlitePlace } from './sqlite/database.ts'
import { openSqliteStore } from './sqlite/open.ts'
import type { Store } from './store.ts'
import { type OpenDatabase, openDatabase } from './thread/open-database.ts'

/** Where records are kept. */
export interface StorePlace {
  /** URL of a PostgreSQL; null: SQLite in the data directory. */
  readonly database: string | null
  readonly dataDirectory: string
}

/**
 * Opens the store of a collector and brings its schema up to date.
 * @throws Fault STORE when it cannot be opened; USAGE when `database` is no URL of PostgreSQL
 */
export function openStore(place: StorePlace, nowMs: number): Promise<Store> {
  return place.database === null
    ? openSqliteStore(place.dataDirectory, nowMs)
    : openPostgresStore(place.database, nowMs)
}

/**
 * Opens its database alone, as it is, for a command that reads or writes it in this very thread.
 * @param url of a PostgreSQL; null: SQLite at `place`
 * @throws Fault STORE when it cannot be opened; USAGE when `url` is no URL of PostgreSQL
 */
export async function openBare(place: SqlitePlace, url: string | null): Promise<OpenDatabase> {
  if (url === null) return openDatabase({ dialect: 'sqlite', ...place })
  checkUrl(url)
  return openDatabase({ dialect: 'postgres', url })
}
