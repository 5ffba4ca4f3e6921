import { existsSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import * as v from 'valibot'
import { writeDurably } from '../../shared/disk/durable.ts'
import { Fault } from '../../shared/errors.ts'
import type { Restored, RestoredNote } from '../ledger/probation.ts'

const RestoredSchema = v.strictObject({
  at: v.string(),
  contradiction: v.nullable(v.strictObject({ found: v.string(), by: v.string() })),
})

/** The note beside a key that its log goes on after a restore and has not proven itself yet. */
export function restoredFile(keyFile: string): RestoredNote {
  const file = `${keyFile}.restored`
  return {
    read: () => (existsSync(file) ? parse(file) : null),
    write: (restored: Restored) =>
      writeDurably(dirname(file), basename(file), `${JSON.stringify(restored)}\n`),
    clear: () => rmSync(file, { force: true }),
  }
}

function parse(file: string): Restored {
  try {
    return v.parse(RestoredSchema, JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    const repair = 'restore again, or begin another log: collector ledger recover --new-origin'
    throw new Fault('CONFIG_VALUE', file, 'the note of a restore', String(error), repair)
  }
}
