import { chmodSync, closeSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import { Fault } from '../../../shared/errors.ts'
import type { OpenDatabase } from '../opened.ts'
import type { Tables } from '../tables.ts'
import type { Role } from '../thread/protocol.ts'

/** What SQLite calls FULL: fsync of the log before a commit returns. */
export const SYNCHRONOUS_FULL = 2
const BUSY_TIMEOUT_MS = 5000
const LOG_SIZE_LIMIT_BYTES = 64 * 1024 * 1024

/** The database of a data directory, and what SQLite keeps beside it. */
export function databaseFiles(directory: string): readonly string[] {
  const file = join(directory, 'collector.sqlite')
  return [file, `${file}-wal`, `${file}-shm`]
}

export interface SqlitePlace {
  readonly directory: string
  /** `console`: a command that writes little, beside a collector that may be running. */
  readonly role: Role | 'console'
}

/**
 * Opens the database of a data directory. A handle that reopens a WAL file silently runs with
 * synchronous=NORMAL in this build, so FULL is set, and read back, on every open.
 * @throws Fault STORE when the file cannot be opened, or durability cannot be had
 */
export function openSqlite({ directory, role }: SqlitePlace): OpenDatabase {
  const file = join(directory, 'collector.sqlite')
  const lock = role === 'writer' ? takeLock(directory) : null
  if (lock !== null) for (const one of databaseFiles(directory)) narrow(one)
  const raw = openFile(file, { timeout: BUSY_TIMEOUT_MS })
  const synchronous = () => Number(raw.pragma('synchronous', { simple: true }))
  const mode = asking(file, () => setUp(raw, role))
  if (synchronous() !== SYNCHRONOUS_FULL || mode !== 'wal') {
    throw new Fault('STORE', file, 'journal_mode=wal and synchronous=2', {
      journal_mode: mode,
      synchronous: synchronous(),
    })
  }
  const db = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: keepingStatements(raw) }),
  })
  return {
    dialect: 'sqlite',
    db,
    types: { bytes: 'blob', text: 'text' },
    concurrent: false,
    synchronous,
    close: async () => {
      await db.destroy()
      // Kysely leaves open what nothing was asked of, and the thread's end would close it, later: the
      // journal is taken in by whoever closes last, and that must be over when this is.
      raw.close()
      lock?.close()
    },
  }
}

/** Returns the mode of its journal. */
function setUp(raw: Sqlite.Database, role: SqlitePlace['role']): string {
  if (role !== 'reader') raw.pragma('journal_mode = WAL')
  raw.pragma('synchronous = FULL')
  raw.pragma(`journal_size_limit = ${LOG_SIZE_LIMIT_BYTES}`)
  if (role === 'reader') raw.pragma('query_only = 1')
  return String(raw.pragma('journal_mode', { simple: true }))
}

/** Texts that are kept prepared; those of the writing path are some forty. */
const MOST_STATEMENTS = 200

/** A database that prepares each text once: parsing one that binds hundreds of values costs as much as running it. */
function keepingStatements(raw: Sqlite.Database): SqliteDatabase {
  const kept = new Map<string, Sqlite.Statement>()
  return {
    close: () => raw.close(),
    prepare: (text) => {
      const known = kept.get(text)
      if (known !== undefined) return known
      const statement = raw.prepare(text)
      if (kept.size >= MOST_STATEMENTS) kept.clear()
      kept.set(text, statement)
      return statement
    },
  }
}

/**
 * One collector per data directory: the newest state lives in memory, and a second process would
 * not see the first one's. The kernel lets the lock go when a process dies, however it dies.
 */
function takeLock(directory: string): Sqlite.Database {
  const file = join(directory, 'collector.lock')
  const lock = openFile(file, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    // A lock is written, too: a full disk has none.
    if (codeOf(error) !== 'SQLITE_BUSY') throw unusable(file, error)
    throw new Fault(
      'STORE',
      directory,
      'a data directory of its own',
      'another collector is running on it',
      'stop that one, or give this one another --data directory',
    )
  }
  return lock
}

/** SQLite would make a file that everybody may read, and plans hold the keys of sites. Its journals follow it. */
function openFile(file: string, options: Sqlite.Options): Sqlite.Database {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch {
    // It is there, or SQLite says why it cannot be.
  }
  return asking(file, () => new Sqlite(file, options))
}

/** Early builds let SQLite make a file that everybody may read. A group that was let in stays. */
function narrow(file: string): void {
  try {
    const mode = statSync(file).mode & 0o777
    if ((mode & 0o007) !== 0) chmodSync(file, 0o600)
  } catch {
    // It is not there, or not ours: collector doctor says so.
  }
}

function asking<T>(file: string, ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    throw unusable(file, error)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

const MAKE_ROOM = 'make room on its disk (collector ballast release gives some back at once)'
const REPAIRS: Readonly<Record<string, string>> = {
  SQLITE_FULL: MAKE_ROOM,
  SQLITE_IOERR_WRITE: MAKE_ROOM,
  SQLITE_IOERR_SHMSIZE: MAKE_ROOM,
  SQLITE_CORRUPT: 'restore a backup: collector restore',
  SQLITE_NOTADB: 'restore a backup: collector restore',
}

function unusable(file: string, error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error)
  const code = codeOf(error)
  const found = code === '' ? message : `${message} (${code})`
  return new Fault('STORE', file, 'a database that can be opened', found, REPAIRS[code])
}
