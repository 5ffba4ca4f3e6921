import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { Fault } from '../../shared/errors.ts'
import { GRANT, MIGRATIONS, schemaVersion } from '../store/migrations.ts'
import { openBare } from '../store/open.ts'
import type { OpenDatabase } from '../store/opened.ts'
import { SYNCHRONOUS_FULL } from '../store/sqlite/database.ts'
import { type Checkup, good, lacking } from './checkup.ts'
import { openToOthers } from './disk.ts'

const NAME = 'database'

/** Opens the database as a collector's reader would; nothing in it is changed. */
export async function checkDatabase(directory: string, url: string | null): Promise<Checkup> {
  if (url === null && !existsSync(join(directory, 'collector.sqlite'))) {
    return good(NAME, 'none yet: it is made at the first start')
  }
  try {
    const open = await openBare({ directory, role: 'reader' }, url)
    const found = await look(open).finally(() => open.close())
    return url === null && found.state === 'good' ? secrecy(found, directory) : found
  } catch (error) {
    if (error instanceof Fault) {
      return lacking(NAME, 'broken', `${error.where}: ${error.found}`, error.repair)
    }
    const found = error instanceof Error ? error.message : String(error)
    return lacking(NAME, 'broken', found, 'restore a backup, or mend what is named')
  }
}

/** As a start would leave it, but for a group that was let in. */
function secrecy(found: Checkup, directory: string): Checkup {
  const open = openToOthers(directory)
  if (open.length === 0) return found
  const said = `${found.found}; others may read ${open.join(', ')}, which hold the access keys of sites`
  const repair = `chmod 600 ${open.join(' ')}; where others could look into the directory, change those keys`
  return lacking(NAME, 'doubtful', said, repair)
}

async function look(open: OpenDatabase): Promise<Checkup> {
  const lacks = open.dialect === 'postgres' ? await lacksOf(open) : null
  if (lacks !== null) return lacking(NAME, 'broken', lacks.found, lacks.repair)
  const found = await versionOf(open)
  const durable = open.synchronous()
  if (durable !== null && durable !== SYNCHRONOUS_FULL) {
    return lacking(NAME, 'broken', `synchronous=${durable}`, 'use the SQLite that comes along')
  }
  const kind = open.dialect === 'sqlite' ? 'SQLite, synchronous=FULL' : 'PostgreSQL answers'
  if (found > MIGRATIONS.length) {
    const said = `schema ${found}; this program knows ${MIGRATIONS.length}`
    return lacking(NAME, 'broken', said, 'run the newer voip-ready that wrote it')
  }
  const more = found < MIGRATIONS.length ? `, brought to ${MIGRATIONS.length} at the start` : ''
  return good(NAME, `${kind}, schema ${found}${more}`)
}

/** What keeps a collector from writing a PostgreSQL that lets it in; null: nothing does. */
async function lacksOf({ db }: OpenDatabase): Promise<{ found: string; repair: string } | null> {
  const { rows } = await sql<{ standby: boolean; makes: boolean | null; locked: string | null }>`
    select pg_is_in_recovery() as standby,
      has_schema_privilege(current_schema(), 'create') as makes,
      (select min(relname)::text from pg_class
        where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace and not (
          has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert') and
          has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete'))) as locked
    `.execute(db)
  const [{ standby = false, makes = null, locked = null } = {}] = rows
  if (standby) {
    const repair = 'name the server that it follows: a standby can only be read'
    return { found: 'PostgreSQL answers, and is a standby', repair }
  }
  if (makes !== true) {
    return { found: 'PostgreSQL answers, and its user may make no tables', repair: GRANT }
  }
  if (locked === null) return null
  return {
    found: `PostgreSQL answers, and its user may not write the table ${locked}`,
    repair: GRANT,
  }
}

/** Version of its schema; 0: an empty PostgreSQL, which has no table of versions yet. */
export async function versionOf({ dialect, db }: OpenDatabase): Promise<number> {
  if (dialect === 'postgres') {
    const { rows } = await sql<{ found: string | null }>`
      select to_regclass('schema_version')::text as found`.execute(db)
    if (rows[0]?.found === null) return 0
  }
  return schemaVersion(db)
}

/** True while a collector holds the lock of the data directory. */
export function collectorRuns(directory: string): boolean {
  const file = join(directory, 'collector.lock')
  if (!existsSync(file)) return false
  let lock: Sqlite.Database | null = null
  try {
    lock = new Sqlite(file, { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE; ROLLBACK')
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
  } finally {
    lock?.close()
  }
}
