import type { EntryBody } from '../../shared/evidence/entry.ts'
import type { Journal } from '../ledger/journal.ts'
import type { AuditEntry } from '../store/access/audit.ts'
import type { AccessBook } from '../store/access/book.ts'
import type { KnownAccess } from './known.ts'
import { uuid7 } from './uuid7.ts'

/** What every administrative act needs; the command line and the routes share the acts. */
export interface AccessDesk {
  readonly book: AccessBook
  /** Told of every change; null where nobody asks it (the command line). */
  readonly known: KnownAccess | null
  /** The ledger, where one is kept. */
  readonly journal: Journal | null
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
}

/** The audit entry of an act that is done now. */
export function auditOf(
  desk: Pick<AccessDesk, 'nowMs'>,
  actor: string,
  action: string,
  site: string | null,
  detail: AuditEntry['detail'] = {},
): AuditEntry {
  const atMs = desk.nowMs()
  return { id: uuid7(atMs), atMs, actor, action, site, detail }
}

/** Runs an act; from its end on everybody here judges by what it changed. */
export async function changing<T>(desk: AccessDesk, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } finally {
    desk.known?.forget()
  }
}

/** Enters what was done into the ledger, where there is one. */
export async function enter(desk: AccessDesk, entry: EntryBody): Promise<void> {
  await desk.journal?.write(entry)
}
