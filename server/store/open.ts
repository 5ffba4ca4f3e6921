import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../shared/errors.ts'
import type { OpenDatabase } from './opened.ts'
import { checkUrl, openPostgresStore } from './postgres/open.ts'
import type { SqlitePlace } from './sqlite/database.ts'
import { openSqliteStore } from './sqlite/open.ts'
import type { Store } from './store.ts'
import { openDatabase } from './thread/open-database.ts'

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
 * For a command about what a collector keeps: a mistyped `--data` is told, and nothing is made there.
 * @throws Fault STORE when no database is there
 */
export function requireDatabase({ database, dataDirectory }: StorePlace): void {
  const file = join(dataDirectory, 'collector.sqlite')
  if (database !== null || existsSync(file)) return
  const repair = 'name the data directory with --data, or the database with --database'
  throw new Fault('STORE', file, 'the database of a collector', 'none', repair)
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
