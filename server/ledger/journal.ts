import type { EntryBody } from '../../shared/evidence/entry.ts'

/**
 * Where the collector's parts write what must stand in the ledger beside the records. The entry is
 * dated and signed when it is written; the promise resolves when it is durable, and from then on it
 * will get its place in the log.
 */
export interface Journal {
  readonly write: (entry: EntryBody) => Promise<void>
}
