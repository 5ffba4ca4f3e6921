import type { AbsenceOfRows } from '../../../shared/plan/rows.ts'

/**
 * Tables of the history. Every row of them but the queue, the pins and the collectors' uptime can be
 * made anew from records. Microseconds stand where figures are milliseconds, so that columns are integers.
 */
export interface HistoryTables {
  readonly history_dirty: DirtyTable
  readonly history_period: PeriodTable
  readonly history_interval: FarEndTable
  readonly history_day: FarEndTable
  readonly history_site_day: {
    readonly site: string
    readonly from_ms: number
    readonly ready: number
    readonly not_ready: number
    readonly cannot_say: number
  }
  readonly history_verdict: RunTable
  readonly history_pin: PinTable
  /** Raw rows of one window, by their digest in a record. */
  readonly raw_rows: {
    readonly site: string
    readonly sha256: string
    readonly agent: string
    readonly from_ms: number
    readonly to_ms: number
    readonly stored_ms: number
    readonly body: Uint8Array
  }
  /** What an agent said that it cannot bring, in its own order. */
  readonly raw_rows_absent: {
    readonly site: string
    readonly agent: string
    readonly place: number
    readonly cause: AbsenceOfRows['cause']
    /** Empty: every window of that time. */
    readonly sha256: string
    readonly from_ms: number
    readonly to_ms: number
    readonly told_ms: number
  }
  /** A row to lock: who joins a site's verdict intervals must be alone with them. */
  readonly history_site: { readonly site: string; readonly written: number }
  readonly collector_uptime: {
    readonly collector: string
    readonly from_ms: number
    readonly to_ms: number
  }
  readonly history_mark: { readonly name: string; readonly at_ms: number }
}

/** What has to be rolled up (again). */
export interface DirtyTable {
  readonly site: string
  readonly kind: 'interval' | 'day'
  readonly from_ms: number
  /** Rises with every marking: work done for an older version is not the last. */
  readonly version: number
  readonly due_ms: number
  /** Who rolls it up now, and until when nobody else does. */
  readonly claim: string
  readonly claim_until_ms: number
}

/** One quarter hour of a site, judged. */
export interface PeriodTable {
  readonly site: string
  readonly from_ms: number
  readonly overall: string
  /** Why nothing is there: `site-silent`, `collector-down`; `none` where records are. */
  readonly cause: string
  readonly profile_sha256: string
  readonly records: number
  readonly left_out: number
  readonly findings_sha256: string
  /** Digest of what the ledger was told of this; empty: nothing yet. */
  readonly told: string
}

/** One far end (or segment border) in one quarter hour or day. */
export interface FarEndTable {
  readonly site: string
  readonly from_ms: number
  readonly far_end: string
  /** Empty: the whole way. */
  readonly segment: string
  readonly windows: number
  readonly sent_out: number
  readonly lost_out: number
  readonly sent_back: number
  readonly lost_back: number
  /** Losses on one leg or the other. */
  readonly unattributed: number
  /** p95 of the worst quarter hour: null where nothing was measured. */
  readonly delay_out_low_us: number | null
  readonly delay_out_high_us: number | null
  readonly delay_back_low_us: number | null
  readonly delay_back_high_us: number | null
  readonly jitter_out_us: number | null
  readonly jitter_back_us: number | null
  /** Packets that arrived, and those that did with the profile's mark. */
  readonly seen_out: number
  readonly marked_out: number
  readonly seen_back: number
  readonly marked_back: number
  readonly gap_ms: number
  /** JSON: what was not seen, with its cause. */
  readonly gaps: string
  /** Eight letters p f i n: delay, jitter, loss, mark; out then back of each. */
  readonly verdicts: string
  /** Deflated JSON of the merged observation; empty where there is none. */
  readonly body: Uint8Array
}

/** A line at one place had this verdict for this reason, without a break. */
export interface RunTable {
  readonly site: string
  readonly line: string
  readonly leg: string
  readonly far_end: string
  readonly segment: string
  readonly from_ms: number
  readonly to_ms: number
  readonly verdict: string
  readonly reason: string
}

export interface PinTable {
  readonly site: string
  readonly id: string
  readonly from_ms: number
  readonly to_ms: number
  readonly why: string
  readonly pinned_by: string
  readonly entered_ms: number
  readonly released_ms: number | null
}
