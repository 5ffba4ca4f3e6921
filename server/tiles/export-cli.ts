import { resolve } from 'node:path'
import { Fault } from '../../shared/errors.ts'
import { liveLine } from '../operations/cli.ts'
import { versionOf } from '../operations/database-checkup.ts'
import { ledgerBook } from '../store/ledger/book.ts'
import { MIGRATIONS } from '../store/migrations.ts'
import { openBare, requireDatabase } from '../store/open.ts'
import type { OpenDatabase } from '../store/opened.ts'
import { exportTiles } from './export.ts'

interface Options {
  readonly data: string
  readonly database?: string
  readonly json?: boolean
}

/**
 * `collector ledger export-tiles`. Only reads the database, so a collector may run on it.
 * @throws Fault as exportTiles and the opening of the database do
 */
export async function runExport(folder: string, options: Options): Promise<void> {
  const { data, database = null, json = false } = options
  const directory = resolve(data)
  requireDatabase({ dataDirectory: directory, database })
  const open = await openBare({ directory, role: 'reader' }, database)
  const { say, clear } = liveLine()
  try {
    await requireSchema(open)
    const found = await exportTiles(ledgerBook(open.db), folder, (done) =>
      say(`${done} files written`),
    ).finally(clear)
    const { origin, size, written, pruned } = found
    const gone = pruned === 0 ? '' : `; ${pruned} bundles of entries are no longer kept whole`
    const text = `${folder}: ${origin}, ${size} leaves; ${written} files written${gone}`
    process.stdout.write(`${json ? JSON.stringify({ folder, ...found }) : text}\n`)
  } finally {
    await open.close()
  }
}

/** Who only reads does not bring it up to date. */
async function requireSchema(open: OpenDatabase): Promise<void> {
  const found = await versionOf(open)
  const newest = MIGRATIONS.length
  if (found === newest) return
  const newer = 'use the newer voip-ready that wrote it'
  const repair = found > newest ? newer : 'start the collector once: it brings it up to date'
  throw new Fault('STORE', 'database schema', `version ${newest}`, `version ${found}`, repair)
}
