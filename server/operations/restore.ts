import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault } from '../../shared/errors.ts'
import { openSqliteStore } from '../store/sqlite/open.ts'
import { checkDatabase, copy } from './backup.ts'
import { type Manifest, readManifest, syncToDisk, verifyFiles } from './manifest.ts'

export interface RestoreOptions {
  /** A directory that `backUp` finished. */
  readonly from: string
  /** A directory that is empty or not there: nothing is ever written over. */
  readonly dataDirectory: string
  readonly nowMs: number
}

export interface Restored {
  readonly manifest: Manifest
  /** After the schema was brought up to date. */
  readonly schemaVersion: number
}

/**
 * Makes a data directory of a backup: every checksum first, then a copy beside the target, its
 * database read whole and brought up to date, and only then the name. Whatever goes wrong, there is no
 * half-restored data directory, and the backup is untouched.
 *
 * @throws Fault STORE, CONFIG_READ or CONFIG_VALUE
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { from, dataDirectory, nowMs } = options
  refuseUsed(dataDirectory)
  const manifest = readManifest(from)
  await verifyFiles(from, manifest)
  const draft = `${dataDirectory}.restoring-${process.pid}`
  try {
    mkdirSync(draft, { recursive: true, mode: 0o700 })
    for (const { path } of manifest.files) {
      copy(join(from, path), join(draft, path))
      chmodSync(join(draft, path), 0o600)
    }
    await verifyFiles(draft, manifest)
    checkDatabase(join(draft, 'collector.sqlite'))
    const schemaVersion = await bringUpToDate(draft, nowMs)
    refuseUsed(dataDirectory)
    // Takes the place of an empty directory, and of nothing else.
    renameSync(draft, dataDirectory)
    syncToDisk(dirname(dataDirectory))
    return { manifest, schemaVersion }
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (error instanceof Fault) throw error
    throw new Fault('STORE', dataDirectory, 'a directory that can be made', String(error))
  }
}

async function bringUpToDate(directory: string, nowMs: number): Promise<number> {
  const store = await openSqliteStore(directory, nowMs)
  try {
    return (await store.health()).schemaVersion
  } finally {
    await store.close()
  }
}

/** A running collector's directory is never empty: its lock and its database are in it. */
function refuseUsed(directory: string): void {
  if (!existsSync(directory)) return
  const [first] = readdirSync(directory)
  if (first === undefined) return
  const repair = 'stop its collector if it runs, and restore into a new directory'
  throw new Fault('STORE', directory, 'an empty data directory or none', `${first} in it`, repair)
}
