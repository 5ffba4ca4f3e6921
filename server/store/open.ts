import { openPostgresStore } from './postgres/open.ts'
import { openSqliteStore } from './sqlite/open.ts'
import type { Store } from './store.ts'

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
