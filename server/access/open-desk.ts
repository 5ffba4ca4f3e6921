import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import { openLogKey } from '../keys/log-key.ts'
import { SignedJournal } from '../ledger/signed-journal.ts'
import { PROBLEMS, Problem } from '../problem.ts'
import { type AccessBook, accessBook } from '../store/access/book.ts'
import { type LedgerBook, ledgerBook } from '../store/ledger/book.ts'
import { migrate } from '../store/migrations.ts'
import { requireDatabase } from '../store/open.ts'
import { checkUrl } from '../store/postgres/open.ts'
import { retrying } from '../store/retry.ts'
import { openDatabase } from '../store/thread/open-database.ts'
import type { AccessDesk } from './desk.ts'

/** Which store, and whose key its ledger is signed with. */
export interface DeskPlace {
  /** Directory. */
  readonly data: string
  readonly database?: string
  readonly logKey?: string
}

/**
 * Lets a command work on the store of access, also beside a running collector, which follows within
 * a second.
 *
 * @throws Fault STORE; a Problem of the act as Fault USAGE
 */
export async function openDesk<T>(
  options: DeskPlace,
  act: (desk: AccessDesk) => Promise<T>,
): Promise<T> {
  const directory = resolve(options.data)
  if (options.database === undefined) makeFolder(directory)
  else checkUrl(options.database)
  const open = await openDatabase(
    options.database === undefined
      ? { dialect: 'sqlite', directory, role: 'console' }
      : { dialect: 'postgres', url: options.database },
  )
  try {
    await migrate(open.db, open.types, Date.now())
    const book = withRetries(accessBook(open.db))
    const journal = journalOf(options, directory, ledgerBook(open.db))
    return await act({ book, known: null, journal, nowMs: Date.now })
  } catch (error) {
    throw error instanceof Problem ? toFault(error) : error
  } finally {
    await open.close()
  }
}

/** @throws Fault STORE where there is no store yet */
export function requireStore({ data, database }: DeskPlace): void {
  requireDatabase({ dataDirectory: resolve(data), database: database ?? null })
}

/** The ledger's, where this machine has the log's key: what is done here must stand in it too. */
function journalOf(
  { logKey }: DeskPlace,
  directory: string,
  book: LedgerBook,
): SignedJournal | null {
  const file = logKey === undefined ? join(directory, 'keys', 'log.key') : resolve(logKey)
  if (!existsSync(file)) return null
  return new SignedJournal(book, openLogKey(file)('journal'), Date.now)
}

function withRetries(book: AccessBook): AccessBook {
  return new Proxy(book, {
    get: (target, name) => {
      const method = target[name as keyof AccessBook] as (...args: unknown[]) => Promise<unknown>
      return (...args: unknown[]) => retrying(() => method(...args))
    },
  })
}

function toFault({ code, detail }: Problem): Fault {
  const { title, repair } = PROBLEMS[code]
  const where = detail.where ?? detail.found ?? 'collector'
  return new Fault('USAGE', where, detail.wanted ?? 'something that is possible', title, repair)
}
