import type { EntryBody } from '../../shared/evidence/entry.ts'
import type { PendingEntry } from '../store/ledger/entries.ts'

/** Where the collector's parts write what must stand in the ledger beside the records. */
export interface Journal {
  /**
   * Dates and signs an entry, for who stores it in one transaction with what it tells of.
   * @throws ValiError for an entry that its own schema would not take: nobody could verify it
   */
  readonly prepare: (entry: EntryBody) => PendingEntry
  /**
   * Prepares an entry and stores it; the promise resolves when it is durable, and from then on it
   * will get its place in the log.
   */
  readonly write: (entry: EntryBody) => Promise<void>
}
