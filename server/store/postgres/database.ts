import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { Fault } from '../../../shared/errors.ts'
import type { OpenDatabase } from '../opened.ts'
import { isTransient, retrying } from '../retry.ts'
import type { Tables } from '../tables.ts'

/** Connections of one thread: a collector has two, one that writes and one that reads. */
const CONNECTIONS = 6
const CONNECT_MS = 3000
/** Longest statement; a network that swallows the answer must not hold a connection for ever. */
const STATEMENT_MS = 60_000
/** How long a database may take to come up while the collector starts. */
const START_PATIENCE_MS = 10_000
const OLDEST_SERVER = 150_000

/** SQLSTATE types whose values fit a number here: bigint, and the numeric that sum() makes of it. */
const NUMBERS = [20, 1700]

/**
 * Opens a pool on a PostgreSQL of at least version 15 (`postgres://user:password@host:port/name`,
 * or with `?host=/run/postgresql` by its socket file) and waits a while for one that is coming up.
 * Commits are durable before they return, whatever the server's default says.
 *
 * @param connections of its pool at most
 * @throws Fault STORE when the server does not answer, refuses, or is too old; without the password
 */
export async function openPostgres(url: string, connections = CONNECTIONS): Promise<OpenDatabase> {
  for (const type of NUMBERS) pg.types.setTypeParser(type, Number)
  const pool = makePool(url, connections)
  try {
    await retrying(() => checkServer(pool, describe(url)), START_PATIENCE_MS, comesUp)
  } catch (error) {
    await pool.end()
    throw error instanceof Fault ? error : unreachable(url, error)
  }
  return {
    dialect: 'postgres',
    db: new Kysely<Tables>({
      dialect: new PostgresDialect({
        pool,
        onCreateConnection: async (connection) => {
          await connection.executeQuery(CompiledQuery.raw(DURABLE))
        },
      }),
    }),
    types: { bytes: 'bytea', text: 'text collate "C"' },
    concurrent: true,
    synchronous: () => null,
    close: () => pool.end(),
  }
}

function makePool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 5000,
    keepAlive: true,
    application_name: 'voip-ready collector',
  })
  // An idle connection that breaks is replaced at the next call; without a listener it would end us.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
  })
  return pool
}

/** Acknowledgements rest on it; a server that waits for standbys as well keeps doing so. */
const DURABLE = `select set_config('synchronous_commit', 'on', false)
  where current_setting('synchronous_commit') = 'off'`

async function checkServer(pool: pg.Pool, where: string): Promise<void> {
  const { rows } = await pool.query<{ version: string; fsync: string }>(
    `select current_setting('server_version_num') as version, current_setting('fsync') as fsync`,
  )
  const [found] = rows
  if (Number(found?.version) < OLDEST_SERVER) {
    const version = `server_version_num ${found?.version}`
    throw new Fault('STORE', where, 'PostgreSQL 15 or newer', version, 'use a newer server')
  }
  if (found?.fsync !== 'on') {
    const repair = 'set fsync = on: an acknowledged record must survive a power failure'
    throw new Fault('STORE', where, 'fsync = on', `fsync = ${found?.fsync}`, repair)
  }
}

function comesUp(error: unknown): boolean {
  return isTransient(error)
}

function unreachable(url: string, error: unknown): Fault {
  const found = error instanceof Error ? error.message || String(error) : String(error)
  return new Fault(
    'STORE',
    describe(url),
    'a PostgreSQL server that lets us in',
    found,
    'start it, or correct DATABASE_URL (or --database)',
  )
}

/** The URL without its password. */
export function describe(url: string): string {
  try {
    const parsed = new URL(url)
    if (parsed.password !== '') parsed.password = '***'
    return parsed.toString()
  } catch {
    return 'DATABASE_URL'
  }
}
