import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Files that are still being written start so; whatever starts so after a crash is no record. */
export const UNFINISHED = '.tmp-'

/**
 * Writes a file so that after a crash at any instant it is either whole or absent: temporary file,
 * fsync, rename, fsync of the directory. Throws what the file system throws (ENOSPC, EIO ...), and
 * leaves no temporary file behind when it does.
 */
export function writeDurably(directory: string, name: string, bytes: Uint8Array): void {
  const temporary = join(directory, `${UNFINISHED}${name}`)
  try {
    writeWhole(temporary, bytes)
    renameSync(temporary, join(directory, name))
    syncDirectory(directory)
  } catch (error) {
    removeIfThere(temporary)
    throw error
  }
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

function writeWhole(path: string, bytes: Uint8Array): void {
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
