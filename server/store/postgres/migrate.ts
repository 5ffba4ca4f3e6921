import { sql } from 'kysely'
import { Fault } from '../../../shared/errors.ts'
import { MIGRATIONS, migrate } from '../migrations.ts'
import { spreadStatements } from '../spread.ts'
import { openPostgres } from './database.ts'
import { checkUrl } from './open.ts'

export interface Migrated {
  readonly schemaVersion: number
  /** Tables that were spread or copied by this run. */
  readonly spread: number
}

/**
 * Brings the schema of a PostgreSQL up to date and, on Citus, spreads its tables over the machines.
 * Safe to repeat; to be run before collectors of a newer version start.
 *
 * @throws Fault STORE when it cannot be reached, is newer, or is asked to spread without Citus; USAGE
 *   when the URL is none
 */
export async function migratePostgres(
  url: string,
  engine: 'postgres' | 'citus',
  nowMs: number,
): Promise<Migrated> {
  checkUrl(url)
  const open = await openPostgres(url)
  try {
    const schemaVersion = await migrate(open.db, open.types, nowMs)
    if (engine === 'postgres') return { schemaVersion, spread: 0 }
    const found = await sql<{ n: number }>`
      select count(*) as n from pg_extension where extname = 'citus'`.execute(open.db)
    if (found.rows[0]?.n !== 1) {
      const repair = 'run "create extension citus" in it, or leave --engine out'
      throw new Fault('STORE', 'database', 'the extension citus', 'none', repair)
    }
    const tables = await sql<{ name: string }>`
      select table_name::text as name from citus_tables`.execute(open.db)
    const placed = new Set(tables.rows.map(({ name }) => name.replace(/^.*\./, '')))
    const statements = spreadStatements(MIGRATIONS, open.types, placed)
    for (const statement of statements) await sql.raw(statement).execute(open.db)
    return { schemaVersion, spread: statements.length }
  } finally {
    await open.close()
  }
}
