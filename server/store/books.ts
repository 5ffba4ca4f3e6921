import type { Kysely } from 'kysely'
import { ACCESS_READS, type AccessBook, accessBook } from './access/book.ts'
import { HISTORY_READS, type HistoryBook, historyBook } from './history/book.ts'
import { LEDGER_READS, type LedgerBook, ledgerBook } from './ledger/book.ts'
import { PLANS_READS, type PlanBook, plansBook } from './plans/book.ts'
import type { Tables } from './tables.ts'

/**
 * What the store keeps besides records, a book for each subject. Every method is asynchronous, takes
 * and gives plain data (it may cross a thread), is one transaction, and is safe to repeat.
 */
export interface Books {
  /** Sites and their customers, agents' keys, users, tokens, sessions, audit. */
  readonly access: AccessBook
  /** Plans and runs. */
  readonly plans: PlanBook
  /** The Merkle log: entries, tiles, checkpoints, the sequencer's lease. */
  readonly ledger: LedgerBook
  /** Intervals, days, verdict intervals, pins. */
  readonly history: HistoryBook
}

/** Binds every book to one database handle. */
export function openBooks(db: Kysely<Tables>): Books {
  return {
    access: accessBook(db),
    plans: plansBook(db),
    ledger: ledgerBook(db),
    history: historyBook(db),
  }
}

/** For each book the methods that only read. */
export const BOOK_READS: { readonly [K in keyof Books]: readonly (keyof Books[K])[] } = {
  access: ACCESS_READS,
  plans: PLANS_READS,
  ledger: LEDGER_READS,
  history: HISTORY_READS,
}

type Call = (method: string, ...args: readonly unknown[]) => Promise<unknown>

/** Books that live in threads: `book.method` by name, what only reads to the reader. */
export function remoteBooks(writer: Call, reader: Call): Books {
  const remote = <K extends keyof Books>(book: K): Books[K] =>
    new Proxy({} as Books[K] & object, {
      get: (_target, method) => {
        // A promise asks for this of whatever it is given.
        if (typeof method !== 'string' || method === 'then') return undefined
        const reads = (BOOK_READS[book] as readonly string[]).includes(method)
        return (...args: readonly unknown[]) =>
          (reads ? reader : writer)(`${book}.${method}`, ...args)
      },
    })
  return {
    access: remote('access'),
    plans: remote('plans'),
    ledger: remote('ledger'),
    history: remote('history'),
  }
}
