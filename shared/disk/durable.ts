import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** Files that are still being written start so; whatever starts so after a crash is no record. */
export const UNFINISHED = '.tmp-'

/**
 * Writes a file so that after a crash at any instant it is either whole or absent: temporary file,
 * fsync, rename, fsync of the directory. Throws what the file system throws (ENOSPC, EIO ...), and
 * leaves no temporary file behind when it does.
 */
export function writeDurably(directory: string, name: string, content: Uint8Array | string): void {
  const temporary = join(directory, `${UNFINISHED}${name}`)
  try {
    writeWhole(temporary, content)
    renameSync(temporary, join(directory, name))
    syncDirectory(directory)
  } catch (error) {
    // Where nothing may be written, nothing may be removed either: what is told is why it was not written.
    attempt(() => removeIfThere(temporary))
    throw error
  }
}

/**
 * The same, but never over a file that is there: of two that make one at an instant one keeps its own.
 * False: there is one.
 */
export function writeNewDurably(
  directory: string,
  name: string,
  content: Uint8Array | string,
): boolean {
  const temporary = join(directory, `${UNFINISHED}${process.pid}-${name}`)
  try {
    writeWhole(temporary, content)
    const made = placeNew(temporary, join(directory, name))
    syncDirectory(directory)
    return made
  } finally {
    attempt(() => removeIfThere(temporary))
  }
}

/** What a file system without hard links answers. */
const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'])

/** Gives a whole file another name at once, so that it is never seen half written. False: there is one. */
export function placeNew(file: string, path: string): boolean {
  try {
    linkSync(file, path)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (!WITHOUT_LINKS.has(code)) throw error
  }
  if (existsSync(path)) return false
  copyFileSync(file, path, constants.COPYFILE_EXCL)
  return true
}

/** Removes a file and makes the removal last. A file that is already gone is no error. */
export function removeDurably(directory: string, name: string): void {
  removeIfThere(join(directory, name))
  syncDirectory(directory)
}

/** Moves a file between two directories of one file system, lastingly. */
export function moveDurably(from: string, to: string, name: string): void {
  renameSync(join(from, name), join(to, name))
  // The new name must last before the old one may be forgotten.
  syncDirectory(to)
  syncDirectory(from)
}

function writeWhole(path: string, content: Uint8Array | string): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const file = openSync(path, 'w', 0o600)
  try {
    let done = 0
    while (done < bytes.length) done += writeSync(file, bytes, done, bytes.length - done)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncDirectory(path: string): void {
  // Windows cannot open a directory; NTFS journals the rename itself.
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // What is left there is written over, or in nobody's way.
  }
}
