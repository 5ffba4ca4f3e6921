/** Tables of this part of the store, as Kysely sees them. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the step below
export interface LedgerTables {}
