import { existsSync, readFileSync, renameSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { writeDurably } from '../../shared/disk/durable.ts'
import type { LastSigned } from '../ledger/signing.ts'

/** The newest checkpoint that a key has signed, in a file beside the key: no backup of the database takes it back. */
export function lastSignedFile(keyFile: string): LastSigned {
  const file = `${keyFile}.checkpoint`
  return {
    where: file,
    read: () => (existsSync(file) ? readFileSync(file, 'utf8') : null),
    write: (note) => writeDurably(dirname(file), basename(file), note),
  }
}

/** Puts the file out of the way, kept: what it holds is of a log that is not continued. */
export function setAside(keyFile: string, as: string): void {
  const file = `${keyFile}.checkpoint`
  if (existsSync(file)) renameSync(file, `${file}.${as}`)
}
