import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { databaseFiles } from '../store/sqlite/database.ts'
import { type Checkup, good, lacking } from './checkup.ts'

/** What others than the owner may do. */
const OTHERS = 0o077
const SYNCS = 30
const SYNC_BYTES = 4096
const SLOW_SYNC_MS = 50
/** Below the first a collector cannot work for long, below the second it cannot work for weeks. */
const LEAST_BYTES = 256 * 1024 ** 2
const FEW_BYTES = 4 * 1024 ** 3
const FEW_INODES = 1000
/** Magic numbers of file systems (statfs(2)) that keep SQLite's log for one host only. */
const NETWORK = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
])

const REMOUNT =
  'mount it for writing (if the kernel took that away after errors of the disk, dmesg says so)'

/** Rights of the data directory; one that is not there yet is judged by the place it will be in. */
export function checkDirectory(directory: string): Checkup {
  const name = 'data directory'
  const place = existing(directory)
  try {
    if (!statSync(place).isDirectory()) {
      return lacking(name, 'broken', `${place} is a file`, 'name a directory with --data')
    }
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EROFS') {
      const repair = `${REMOUNT}, or name a directory elsewhere with --data`
      return lacking(
        name,
        'broken',
        `${place} is on a file system that is mounted read-only`,
        repair,
      )
    }
    const repair = 'give it to the user that the collector runs as (chown, mode 700)'
    return lacking(name, 'broken', `${place} cannot be read and written`, repair)
  }
  if (place !== directory) return good(name, `${directory} will be made`)
  const mode = statSync(directory).mode & 0o777
  if ((mode & OTHERS) === 0) return good(name, `${directory}, mode ${mode.toString(8)}`)
  const found = `${directory} has mode ${mode.toString(8)}: others may look in`
  return lacking(name, 'doubtful', found, `chmod 700 ${directory}`)
}

export interface Space {
  readonly bytes: number
  readonly inodes: number
  /** Magic number of the file system. */
  readonly type: number
}

/** What is free where the directory is (or will be) for one who is not root. */
export function readSpace(directory: string): Space {
  const { bavail, bsize, ffree, type } = statfsSync(existing(directory))
  return { bytes: bavail * bsize, inodes: ffree, type: type >>> 0 }
}

/** 100 days of a thousand sites are some hundred gigabytes: the sum is the operator's to make. */
export function judgeSpace({ bytes, inodes, type }: Space): Checkup {
  const name = 'disk space'
  const found = `${(bytes / 1024 ** 3).toFixed(1)} GiB and ${inodes} files free`
  const network = NETWORK.get(type)
  if (network !== undefined) {
    const repair = 'put the data directory on a local disk, or use PostgreSQL (--database)'
    return lacking(name, 'broken', `the file system is ${network}`, repair)
  }
  const repair = 'make room, or shorten --keep-records and --keep-history'
  if (bytes < LEAST_BYTES) return lacking(name, 'broken', found, repair)
  // File systems without a table of inodes say 0 of 0; only few of many are a lack.
  const few = bytes < FEW_BYTES || (inodes > 0 && inodes < FEW_INODES)
  return few ? lacking(name, 'doubtful', found, repair) : good(name, found)
}

/** Median and longest time of writes that wait for the disk, milliseconds; the probe file goes again. */
export function measureSync(directory: string): { readonly p50Ms: number; readonly maxMs: number } {
  const file = join(existing(directory), `.voip-ready-doctor-${process.pid}`)
  const handle = openSync(file, 'wx', 0o600)
  try {
    const block = Buffer.alloc(SYNC_BYTES, 1)
    const times = Array.from({ length: SYNCS }, () => {
      writeSync(handle, block)
      const began = performance.now()
      fsyncSync(handle)
      return performance.now() - began
    }).sort((a, b) => a - b)
    return { p50Ms: times[SYNCS / 2] ?? 0, maxMs: times.at(-1) ?? 0 }
  } finally {
    closeSync(handle)
    rmSync(file)
  }
}

/** Every group of records waits for one such write before it is acknowledged. */
export function judgeSync({ p50Ms, maxMs }: ReturnType<typeof measureSync>): Checkup {
  const name = 'fsync'
  const found = `${p50Ms.toFixed(2)} ms at the median, ${maxMs.toFixed(1)} ms at most (${SYNCS} times)`
  if (p50Ms <= SLOW_SYNC_MS) return good(name, found)
  const repair = 'use a disk with a protected write cache; acknowledgements wait for this one'
  return lacking(name, 'doubtful', found, repair)
}

/** Files that hold keys or hashes of tokens, and are for their owner alone. */
export function checkSecrets(files: readonly string[], keyFolder: string): Checkup {
  const name = 'secret files'
  const keys = existsSync(keyFolder)
    ? readdirSync(keyFolder).map((key) => join(keyFolder, key))
    : []
  const there = [...files, ...keys].filter((file) => existsSync(file))
  const open = there.filter((file) => (statSync(file).mode & OTHERS) !== 0)
  if (open.length === 0) return good(name, `${there.length} files, for their owner alone`)
  const repair = `chmod 600 ${open.join(' ')}; a key that others may have read is to be changed`
  return lacking(name, 'broken', `others may read ${open.join(', ')}`, repair)
}

/** The database and its journals: plans in it hold the access keys of sites. Empty: none may be read by others. */
export function openToOthers(directory: string): readonly string[] {
  return databaseFiles(directory).filter(
    (file) => existsSync(file) && (statSync(file).mode & OTHERS) !== 0,
  )
}

/** The directory itself, or the nearest above it that is there. */
function existing(directory: string): string {
  return existsSync(directory) || dirname(directory) === directory
    ? directory
    : existing(dirname(directory))
}
