import {
  copyFileSync,
  existsSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import Sqlite from 'better-sqlite3'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault, isDiskFull } from '../../shared/errors.ts'
import type { TlsFiles } from '../tls.ts'
import {
  describeFile,
  MANIFEST,
  type Manifest,
  mayHold,
  syncToDisk,
  writeManifest,
} from './manifest.ts'

export interface BackupOptions {
  readonly dataDirectory: string
  /** Where the backup goes: a directory that is empty or not there yet. */
  readonly to: string
  /** Default: tokens.json in the data directory. */
  readonly tokenFile: string | null
  readonly tls: TlsFiles | null
  readonly version: string
  readonly nowMs: number
  /** Hears what is begun: each may take long, and nothing else can be done meanwhile. */
  readonly onStep?: (step: string) => void
}

const BUSY_TIMEOUT_MS = 30_000

/**
 * Copies a data directory while its collector runs (or does not): database, token file, keys, and the
 * TLS files named. Everything that was acknowledged before the call is in it. The data directory is
 * only read. Where it fails, the target is empty again.
 *
 * @throws Fault STORE when there is nothing to copy, the target is not empty or in the data directory itself,
 *   or the copy is not sound
 */
export async function backUp(options: BackupOptions): Promise<Manifest> {
  const { dataDirectory, to } = options
  const database = join(dataDirectory, 'collector.sqlite')
  if (!existsSync(database)) {
    const repair = 'name the data directory with --data; PostgreSQL has tools of its own (pg_dump)'
    throw new Fault('STORE', database, 'the database of a collector', 'none', repair)
  }
  refuseInside(dataDirectory, to)
  emptyDirectory(to)
  try {
    return await copyAll(database, options)
  } catch (error) {
    for (const name of readdirSync(to)) rmSync(join(to, name), { recursive: true, force: true })
    throw error
  }
}

async function copyAll(database: string, options: BackupOptions): Promise<Manifest> {
  const { dataDirectory, to, tls, version, nowMs, onStep = () => {} } = options
  const keys = join(dataDirectory, 'keys')
  copyFolder(keys, join(to, 'keys'))
  onStep(`copying the database (${statSync(database).size} bytes)`)
  const draft = join(to, 'collector.sqlite')
  copyDatabase(database, draft)
  onStep('reading the copy whole')
  const schemaVersion = checkCopy(draft)
  // A key made meanwhile; what is there already stays as old as it is.
  copyFolder(keys, join(to, 'keys'))
  const tokens = options.tokenFile ?? join(dataDirectory, 'tokens.json')
  if (options.tokenFile !== null || existsSync(tokens)) copy(tokens, join(to, 'tokens.json'))
  if (tls !== null) {
    copy(tls.cert, join(to, 'tls', 'cert.pem'))
    copy(tls.key, join(to, 'tls', 'key.pem'))
  }
  onStep('reading every file for its SHA-256')
  const files = []
  for (const path of filesOf(to)) files.push(await describeFile(to, path))
  const at = new Date(nowMs).toISOString()
  const manifest = { format: 'voip-ready/backup/1', version, at, schemaVersion, files } as const
  writeManifest(to, manifest)
  return manifest
}

/** One read transaction, so one moment; the collector goes on writing. */
function copyDatabase(from: string, to: string): void {
  try {
    const source = new Sqlite(from, { readonly: true, timeout: BUSY_TIMEOUT_MS })
    try {
      // There beforehand, empty: made by SQLite it would be for others to read.
      writeFileSync(to, '', { mode: 0o600, flag: 'wx' })
      source.prepare('vacuum into ?').run(to)
    } finally {
      source.close()
    }
    syncToDisk(to)
  } catch (error) {
    throw notCopied(from, to, error)
  }
}

/** Returns the schema's version. */
function checkCopy(copied: string): number {
  try {
    return checkDatabase(copied)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('STORE', copied, 'a sound copy of the database', (error as Error).message)
  }
}

/** Which of the two is at fault the code tells. */
function notCopied(from: string, to: string, error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (isDiskFull(error) || code === 'SQLITE_FULL') {
    const repair = 'make room there, or name a place on another disk'
    return new Fault('STORE', to, `room for a copy of ${from}`, message, repair)
  }
  const damaged = code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB'
  const repair = damaged ? 'restore a backup that is older: collector restore' : undefined
  return new Fault('STORE', from, `a file that can be copied to ${to}`, message, repair)
}

/**
 * Reads a whole database and says its schema's version. @throws Fault STORE when SQLite finds damage
 */
export function checkDatabase(file: string): number {
  const copy = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    const found = String(copy.pragma('integrity_check', { simple: true }))
    if (found !== 'ok') throw new Fault('STORE', file, 'a database without damage', found)
    const row: unknown = copy.prepare('select max(version) from schema_version').pluck().get()
    return Number(row ?? 0)
  } finally {
    copy.close()
  }
}

/** A copy there is lost with what it is a copy of, and takes the room that the collector needs. */
function refuseInside(dataDirectory: string, to: string): void {
  const way = relative(realpathSync(dataDirectory), realPlace(to))
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return
  const wanted = `a directory outside of ${dataDirectory}`
  const found = way === '' ? 'the data directory itself' : `${way} in the data directory`
  const repair =
    'name one elsewhere, best on another disk: a backup in here is lost with what it copies'
  throw new Fault('STORE', to, wanted, found, repair)
}

/** Where a path leads, links followed, whether or not its end is there yet. */
function realPlace(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const above = dirname(path)
  return above === path ? path : join(realPlace(above), basename(path))
}

/** @throws Fault STORE when something is in it, or it cannot be made */
function emptyDirectory(directory: string): void {
  makeFolder(directory)
  let names: readonly string[]
  try {
    names = readdirSync(directory)
  } catch (error) {
    throw new Fault('STORE', directory, 'a directory that can be written', String(error))
  }
  if (names.length === 0) return
  const whole = names.includes(MANIFEST) || !names.includes('keys')
  const found = whole ? 'files in it' : 'a backup that was broken off, or a data directory'
  const repair = 'name a new directory for every backup'
  throw new Fault('STORE', directory, 'an empty directory', found, repair)
}

/** Files that are in place already are left; drafts of a write in progress are not taken. */
function copyFolder(from: string, to: string): void {
  if (!existsSync(from)) return
  for (const name of readdirSync(from)) {
    if (!statSync(join(from, name)).isFile() || name.endsWith('.new')) continue
    if (!mayHold(`keys/${name}`)) {
      const repair = 'move what is no key out of this folder'
      throw new Fault('STORE', join(from, name), 'a plain file name', name, repair)
    }
    if (!existsSync(join(to, name))) copy(join(from, name), join(to, name))
  }
}

/** Copies one file, for its owner alone, and waits until it is on disk. @throws Fault STORE */
export function copy(from: string, to: string): void {
  makeFolder(dirname(to))
  try {
    copyFileSync(from, to)
    syncToDisk(to)
  } catch (error) {
    throw notCopied(from, to, error)
  }
}

function filesOf(directory: string, below = ''): string[] {
  return readdirSync(join(directory, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      return entry.isDirectory() ? filesOf(directory, path) : [path]
    })
    .sort()
}
