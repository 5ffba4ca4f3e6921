import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Kysely } from 'kysely'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import { ledgerBook } from '../store/ledger/book.ts'
import { MIGRATIONS, migrate, schemaVersion } from '../store/migrations.ts'
import { openBare } from '../store/open.ts'
import type { OpenDatabase } from '../store/opened.ts'
import type { Tables } from '../store/tables.ts'
import { type CheckedLog, checkLogs } from '../store/transfer/check-log.ts'
import { countRows, emptyTable } from '../store/transfer/rows.ts'
import { shapesAt } from '../store/transfer/shapes.ts'
import { type ExportHead, ExportReader } from './export-file.ts'
import { checkKeyContinues } from './import-key.ts'
import { RowLoader } from './import-rows.ts'
import { mayHold, syncToDisk } from './manifest.ts'
import { refuseUsed } from './restore.ts'

export interface ImportOptions {
  readonly from: string
  /** URL of a PostgreSQL that holds nothing yet; null: SQLite in the data directory. */
  readonly database: string | null
  /** A directory that is empty or not there: keys and token file go there. */
  readonly dataDirectory: string
  readonly nowMs: number
  readonly onProgress: (table: string, rows: number) => void
}

export interface Imported {
  readonly at: string
  readonly schemaVersion: number
  readonly rows: number
  readonly files: readonly string[]
  readonly logs: readonly CheckedLog[]
}

/**
 * Makes a collector of an export: all of it or nothing. Rows are written in one transaction, which is
 * committed only when every count and digest is right, every log adds up to its head and to its newest
 * checkpoint, and the key's own newest checkpoint is a part of it; then the schema is brought up to
 * date, and the data directory gets its name last.
 *
 * @throws Fault STORE, naming the line of the file, when it is cut off, garbled or none of ours, and
 *   when the target holds something already
 */
export async function importAll(options: ImportOptions): Promise<Imported> {
  const { from, dataDirectory, nowMs } = options
  refuseUsed(dataDirectory)
  const reader = new ExportReader(from)
  const head = await reader.head()
  refuseNewer(head, from)
  const draft = `${dataDirectory}.importing-${process.pid}`
  try {
    makeFolder(draft)
    const open = await openBare({ directory: draft, role: 'writer' }, options.database)
    const loaded = await load(open, reader, { head, draft, options }).finally(() => open.close())
    refuseUsed(dataDirectory)
    renameSync(draft, dataDirectory)
    syncToDisk(dirname(dataDirectory))
    return { at: head.at, ...loaded }
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (error instanceof Fault) throw error
    const where = `${from} at ${new Date(nowMs).toISOString()}`
    throw new Fault('STORE', where, 'an export that can be imported', String(error))
  }
}

function refuseNewer({ schemaVersion: version }: ExportHead, from: string): void {
  if (version <= MIGRATIONS.length) return
  const wanted = `schema version ${MIGRATIONS.length} or older`
  const repair = 'use the newer voip-ready that wrote it; there is no way back'
  throw new Fault('STORE', from, wanted, `version ${version}`, repair)
}

interface Work {
  readonly head: ExportHead
  readonly draft: string
  readonly options: ImportOptions
}

async function load(open: OpenDatabase, reader: ExportReader, work: Work) {
  const { head, draft, options } = work
  await refuseFilled(open, head)
  await migrate(open.db, open.types, options.nowMs, head.schemaVersion)
  const loaded = await open.db.transaction().execute(async (tx) => {
    for (const { name } of shapesAt(head.schemaVersion)) await emptyTable(tx, name)
    const { rows, files } = await readAll(tx, reader, work)
    const logs = shapesAt(head.schemaVersion).some(({ name }) => name === 'ledger_log')
      ? await checkLogs(tx)
      : []
    if (logs.length > 0) await checkKeyContinues(ledgerBook(tx), join(draft, 'keys', 'log.key'))
    return { rows, files, logs }
  })
  return { ...loaded, schemaVersion: await migrate(open.db, open.types, options.nowMs) }
}

/** Only a database without tables, or with the empty tables of the same version, is written to. */
async function refuseFilled({ db }: OpenDatabase, head: ExportHead): Promise<void> {
  const version = await schemaVersion(db).catch(() => 0)
  if (version === 0) return
  const repair = 'name an empty database; nothing is ever written over'
  if (version !== head.schemaVersion) {
    const wanted = `an empty database, or one of schema version ${head.schemaVersion}`
    throw new Fault('STORE', 'target database', wanted, `schema version ${version}`, repair)
  }
  for (const { name } of shapesAt(version)) {
    const rows = name === 'access_revision' ? await revisionOf(db) : await countRows(db, name)
    if (rows === 0) continue
    throw new Fault('STORE', 'target database', 'no rows in it', `some in ${name}`, repair)
  }
}

/** The one table that is not empty in a new database: it counts the changes of access. */
async function revisionOf(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom('access_revision').select('n').executeTakeFirst()
  return row?.n ?? 0
}

async function readAll(tx: Kysely<Tables>, reader: ExportReader, { head, draft, options }: Work) {
  const loader = new RowLoader(tx, reader, shapesAt(head.schemaVersion), options.onProgress)
  const files: string[] = []
  for await (const line of reader.lines()) {
    if ('row' in line) await loader.row(line.row)
    else if ('table' in line) loader.begin(line.table, line.columns)
    else if ('endTable' in line) await loader.end(line.rows)
    else if ('file' in line) files.push(writeFile(reader, draft, line))
    else loader.finish(line.tables, line.rows)
  }
  return { rows: loader.rows, files }
}

function writeFile(
  reader: ExportReader,
  draft: string,
  { file, base64 }: { readonly file: string; readonly base64: string },
): string {
  if (!mayHold(file) || file === 'collector.sqlite') {
    throw reader.fault('a file that a data directory may hold', file)
  }
  const path = join(draft, file)
  makeFolder(dirname(path))
  writeFileSync(path, Buffer.from(base64, 'base64'), { mode: 0o600 })
  syncToDisk(path)
  return file
}
