import type { AccessTables } from './access/tables.ts'
import type { HistoryTables } from './history/tables.ts'
import type { LedgerTables } from './ledger/tables.ts'
import type { PlanTables } from './plans/tables.ts'

/**
 * The tables as Kysely sees them. Rules that keep every dialect open, held by a test over the
 * migrations: text, bigint, integer and bytes only; time is bigint milliseconds; every key of a
 * table that belongs to a site starts with the site; no serial, trigger, database clock or
 * database-made id; JSON is text and never queried inside.
 */
export interface Tables
  extends RecordTables,
    AccessTables,
    PlanTables,
    LedgerTables,
    HistoryTables {}

interface RecordTables {
  readonly schema_version: { readonly version: number; readonly applied_ms: number }
  readonly profile: {
    readonly sha256: string
    readonly id: string
    readonly version: string
    readonly body: string
    readonly added_ms: number
  }
  readonly record: RecordTable
  readonly agent_state: {
    readonly site: string
    readonly agent: string
    readonly boot: string
    readonly sequence: number
    readonly fresh_ms: number
    readonly last_received_ms: number
    /** When the newest record with a round or a run came; null: none since this is noted. */
    readonly round_ms: number | null
  }
  readonly agent_boot: {
    readonly site: string
    readonly agent: string
    readonly boot: string
    readonly records: number
    readonly max_sequence: number
  }
  /** Records that carry rounds of other checks, or runs: one in sixty, found without the others. */
  readonly record_round: {
    readonly site: string
    readonly agent: string
    readonly boot: string
    readonly sequence: number
    readonly to_ms: number
    readonly carries: 'round' | 'run'
  }
}

export interface RecordTable {
  readonly site: string
  readonly agent: string
  readonly boot: string
  readonly sequence: number
  readonly received_ms: number
  readonly from_ms: number
  readonly to_ms: number
  readonly profile_sha256: string
  readonly payload_sha256: string
  /** Raw deflate of the payload bytes. */
  readonly payload: Uint8Array
  readonly frame: string
  readonly frame_at: number
}
