import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '../errors.ts'

/** What lies in it is for its owner alone. */
const OWN = 0o700

/**
 * Makes a folder, and those above it that are missing; one that is there is left as it is. One after the
 * other from the top: all at once (`recursive`) Node 20 tries for ever, at a whole core, where a file
 * system takes none, as /proc does.
 * @param folder as it was named, so that the operator knows it again
 * @param mode of those that are made; those above the named one get it as well
 * @throws Fault STORE, saying which one cannot be made and why
 */
export function makeFolder(folder: string, mode = OWN): void {
  for (const path of missingOf(folder)) {
    try {
      mkdirSync(path, { mode })
    } catch (error) {
      // Made by somebody else meanwhile.
      if (!isFolder(path)) throw faultOf(folder, path, error as NodeJS.ErrnoException)
    }
  }
}

/** The topmost first; none where the folder is there. */
function missingOf(folder: string): string[] {
  const missing: string[] = []
  for (let path = folder; !isFolder(path); path = dirname(path)) {
    missing.unshift(path)
    if (dirname(path) === path) break
  }
  return missing
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // Missing, below a file, or not ours to look at: making it tells which.
    return false
  }
}

function faultOf(folder: string, path: string, { code = '', message }: NodeJS.ErrnoException) {
  const [found, repair] = said(path, code)
  return new Fault('STORE', folder, 'a folder, or room to make it', found ?? message, repair)
}

function said(path: string, code: string): [found?: string, repair?: string] {
  const above = dirname(path)
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return [`something else at ${path}`, 'move that away, or name another folder']
  // The one above is there: it was looked at, or has just been made.
  if (code === 'ENOENT')
    return [`that ${above} takes no folders (${code})`, 'name a folder on a disk']
  if (code === 'EROFS') {
    const repair = 'mount it for writing, or name another folder'
    return [`that ${above} is on a file system that is mounted read-only (${code})`, repair]
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const repair = `let the account that runs this write to ${above}, or name another folder`
    return [`that ${path} may not be made (${code})`, repair]
  }
  return []
}
