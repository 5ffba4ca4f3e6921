import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import { setAside } from '../keys/last-signed.ts'
import { checkDatabase, copy } from './backup.ts'
import { type Manifest, readManifest, syncToDisk, verifyFiles } from './manifest.ts'
import { type RestoredLog, type RestoredLogOptions, settleLog } from './restored-log.ts'

export interface RestoreOptions extends Omit<RestoredLogOptions, 'at'> {
  /** A directory that `backUp` finished. */
  readonly from: string
  /** A directory that is empty or not there: nothing is ever written over. */
  readonly dataDirectory: string
  /** Hears what is begun: each may take long. */
  readonly onStep?: (step: string) => void
}

export interface Restored {
  readonly manifest: Manifest
  readonly log: RestoredLog
}

/**
 * Makes a data directory of a backup: every checksum first, then a copy beside the target, its
 * database read whole and brought up to date, its log settled (restored-log.ts), and only then the
 * name. Whatever goes wrong, there is no half-restored data directory, and the backup is untouched.
 *
 * @throws Fault STORE, CONFIG_READ or CONFIG_VALUE
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { from, dataDirectory, logKey, onStep = () => {} } = options
  refuseUsed(dataDirectory)
  const manifest = readManifest(from)
  onStep('holding every file of the backup against its SHA-256')
  await verifyFiles(from, manifest)
  const draft = `${dataDirectory}.restoring-${process.pid}`
  try {
    makeFolder(draft)
    onStep('copying')
    for (const { path } of manifest.files) {
      copy(join(from, path), join(draft, path))
      chmodSync(join(draft, path), 0o600)
    }
    onStep('reading the copy whole')
    await verifyFiles(draft, manifest)
    checkDatabase(join(draft, 'collector.sqlite'))
    onStep('bringing the schema up to date')
    const log = await settleLog(draft, { ...options, at: manifest.at })
    if (log.ended !== null && logKey === null) setAside(join(draft, 'keys', 'log.key'), 'ended')
    refuseUsed(dataDirectory)
    // Takes the place of an empty directory, and of nothing else.
    renameSync(draft, dataDirectory)
    syncToDisk(dirname(dataDirectory))
    if (log.ended !== null && logKey !== null) setAside(logKey, 'ended')
    return { manifest, log }
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (error instanceof Fault) throw error
    throw new Fault('STORE', dataDirectory, 'a directory that can be made', String(error))
  }
}

/** A running collector's directory is never empty: its lock and its database are in it. @throws Fault STORE */
export function refuseUsed(directory: string): void {
  if (!existsSync(directory)) return
  const [first] = readdirSync(directory)
  if (first === undefined) return
  const repair = 'stop its collector if it runs, and name a new directory with --data'
  throw new Fault('STORE', directory, 'an empty data directory or none', `${first} in it`, repair)
}
