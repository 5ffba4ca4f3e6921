import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Kysely } from 'kysely'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault, isDiskFull } from '../../shared/errors.ts'
import { giveUpMove, isMoved, sealLog } from '../store/ledger/lease.ts'
import { MIGRATIONS, schemaVersion } from '../store/migrations.ts'
import { openBare, requireDatabase } from '../store/open.ts'
import type { OpenDatabase } from '../store/opened.ts'
import type { Tables } from '../store/tables.ts'
import { pagesOf, type Value } from '../store/transfer/rows.ts'
import { shapesAt, type TableShape } from '../store/transfer/shapes.ts'
import type { TlsFiles } from '../tls.ts'
import { ExportWriter } from './export-file.ts'
import { mayHold, syncToDisk } from './manifest.ts'

export interface ExportOptions {
  readonly dataDirectory: string
  /** URL of a PostgreSQL; null: SQLite in the data directory. */
  readonly database: string | null
  readonly to: string
  readonly tokenFile: string | null
  readonly tls: TlsFiles | null
  /** The key that signs the log, where it is kept apart from the data directory. */
  readonly logKey: string | null
  readonly version: string
  readonly nowMs: number
  /** Hears how far it has come. */
  readonly onProgress: (table: string, rows: number) => void
}

export interface Exported {
  readonly schemaVersion: number
  readonly tables: number
  readonly rows: number
  readonly files: readonly string[]
}

/**
 * Writes everything that a collector keeps into one file: every table but the lease, the keys, the
 * token file, the TLS files named. From then on this database starts no collector any more, because the
 * log must have one writer: `giveUp` undoes that.
 *
 * @throws Fault STORE when a collector runs on it, the file is there already, or something cannot be read
 */
export async function exportAll(options: ExportOptions): Promise<Exported> {
  const { to, nowMs } = options
  if (existsSync(to)) {
    throw new Fault('STORE', to, 'a file that is not there yet', 'one', 'name another file')
  }
  makeFolder(dirname(to))
  const draft = `${to}.exporting-${process.pid}`
  const open = await openSource(options)
  let sealed = false
  try {
    const version = await versionOf(open, options)
    sealed = await seal(open, version, nowMs)
    const done = await writeAll(open, version, draft, options)
    renameSync(draft, to)
    syncToDisk(dirname(to))
    return done
  } catch (error) {
    rmSync(draft, { force: true })
    if (sealed) await giveUpMove(open.db)
    if (error instanceof Fault) throw error
    const message = error instanceof Error ? error.message : String(error)
    const repair = isDiskFull(error) ? 'make room there, or name another disk' : undefined
    throw new Fault('STORE', to, 'a file that can be written, of a sound database', message, repair)
  } finally {
    await open.close()
  }
}

/** The move is given up: the collector that was exported may start again. True when there was one. */
export async function giveUp(
  place: Pick<ExportOptions, 'dataDirectory' | 'database'>,
): Promise<boolean> {
  const open = await openSource(place)
  try {
    return await giveUpMove(open.db)
  } finally {
    await open.close()
  }
}

async function openSource(
  place: Pick<ExportOptions, 'dataDirectory' | 'database'>,
): Promise<OpenDatabase> {
  requireDatabase(place)
  return openBare({ directory: place.dataDirectory, role: 'writer' }, place.database)
}

async function versionOf(open: OpenDatabase, { database, dataDirectory }: ExportOptions) {
  const found = await schemaVersion(open.db).catch(() => 0)
  if (found >= 1 && found <= MIGRATIONS.length) return found
  const wanted = `a schema of version 1 to ${MIGRATIONS.length}`
  const where = database === null ? dataDirectory : 'database'
  throw new Fault('STORE', where, wanted, `version ${found}`, 'use the voip-ready that wrote it')
}

/**
 * Nobody writes the log from now on. False: this database is older than the log, or an export before this
 * one has sealed it, whose file may be in use: then it stays sealed whatever becomes of this one.
 */
async function seal({ db }: OpenDatabase, version: number, nowMs: number): Promise<boolean> {
  if (!shapesAt(version).some(({ name }) => name === 'ledger_log')) return false
  const before = await isMoved(db)
  if (await sealLog(db, nowMs)) return !before
  const repair = 'stop every collector on this database, wait 15 seconds, and say it again'
  throw new Fault('STORE', 'ledger', 'no collector that writes it', 'one that does', repair)
}

async function writeAll(
  open: OpenDatabase,
  schema: number,
  draft: string,
  options: ExportOptions,
): Promise<Exported> {
  const { version, nowMs, onProgress } = options
  const at = new Date(nowMs).toISOString()
  const writer = new ExportWriter(draft, { version, at, schemaVersion: schema })
  const shapes = shapesAt(schema)
  let rows = 0
  const everything = open.db.transaction().setIsolationLevel('repeatable read')
  await everything.execute(async (tx) => {
    for (const shape of shapes) {
      rows += await writeTable(writer, tx, shape, (n) => onProgress(shape.name, n))
    }
  })
  const files = filesOf(options)
  for (const [name, path] of files) await writer.file(name, readFileSync(path))
  await writer.end(shapes.length, rows)
  return { schemaVersion: schema, tables: shapes.length, rows, files: files.map(([name]) => name) }
}

async function writeTable(
  writer: ExportWriter,
  db: Kysely<Tables>,
  shape: TableShape,
  onProgress: (rows: number) => void,
): Promise<number> {
  const names = shape.columns.map(({ name }) => name)
  await writer.beginTable(shape.name, names)
  let rows = 0
  for await (const page of pagesOf(db, shape)) {
    await writer.rows(page.map((row) => JSON.stringify(row.map(plain))))
    rows += page.length
    onProgress(rows)
  }
  await writer.endTable(shape.name, rows)
  return rows
}

function plain(value: Value): string | number | null {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

/** What stands beside the database, by the names that it has in a data directory. */
function filesOf({ dataDirectory, tokenFile, tls, logKey }: ExportOptions): [string, string][] {
  const files = new Map<string, string>()
  const keys = join(dataDirectory, 'keys')
  for (const name of existsSync(keys) ? readdirSync(keys) : []) {
    const whole = statSync(join(keys, name)).isFile() && !name.endsWith('.new')
    if (whole && mayHold(`keys/${name}`)) files.set(`keys/${name}`, join(keys, name))
  }
  if (logKey !== null) {
    files.set('keys/log.key', logKey)
    files.delete('keys/log.key.checkpoint')
    const beside = `${logKey}.checkpoint`
    if (existsSync(beside)) files.set('keys/log.key.checkpoint', beside)
  }
  const tokens = tokenFile ?? join(dataDirectory, 'tokens.json')
  if (tokenFile !== null || existsSync(tokens)) files.set('tokens.json', tokens)
  if (tls !== null) files.set('tls/cert.pem', tls.cert).set('tls/key.pem', tls.key)
  return [...files]
}
