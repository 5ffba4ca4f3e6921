/** Tables of this part of the store, as Kysely sees them. */
export interface LedgerTables {
  /** What has yet to get its place in the log. */
  readonly ledger_pending: PendingTable
  /** Who may write the log now; `epoch` rises with every change of hands. */
  readonly ledger_lease: {
    readonly name: string
    readonly holder: string
    readonly epoch: number
    readonly expiry_ms: number
  }
  /** The head of each log; the newest, which is written, has the highest number. */
  readonly ledger_log: {
    readonly log_id: string
    readonly number: number
    readonly origin: string
    /** Raw public key of its signer, hexadecimal. */
    readonly signer: string
    readonly size: number
    /** Roots of its perfect parts, widest first, 32 octets each. */
    readonly roots: Uint8Array
    readonly opened_ms: number
  }
  /** Hashes of level 8 * `level` from 256 * `idx` on: up to 256 of 32 octets, a prefix while it grows. */
  readonly ledger_tile: {
    readonly log_id: string
    readonly level: number
    readonly idx: number
    readonly hashes: Uint8Array
  }
  /** Where a record stands. */
  readonly ledger_record: {
    readonly site: string
    readonly agent: string
    readonly boot: string
    readonly sequence: number
    readonly log_id: string
    readonly idx: number
  }
  /** The collector's own entries at their places. */
  readonly ledger_entry: {
    readonly log_id: string
    readonly idx: number
    readonly kind: string
    /** Empty: of no site. */
    readonly site: string
    readonly about: string
    readonly at_ms: number
    readonly body: Uint8Array
  }
  readonly ledger_checkpoint: {
    readonly log_id: string
    readonly size: number
    /** The signed note. */
    readonly note: string
    readonly at_ms: number
  }
  readonly ledger_cosignature: {
    readonly log_id: string
    readonly size: number
    /** Name and key id of the witness, as in its verifier key. */
    readonly witness: string
    /** Its line for the note, newline included. */
    readonly line: string
    readonly at_ms: number
  }
}

export interface PendingTable {
  /** Empty: of no site. */
  readonly site: string
  /** `agent/boot/sequence` of a record; of an entry whatever is its own. */
  readonly ref: string
  readonly received_ms: number
  /** Order of what came in the same millisecond. */
  readonly turn: number
  /** `record`, or the kind of the entry. */
  readonly kind: string
  /** What an entry is about (an agent, a profile), to find it again; empty for records. */
  readonly about: string
  readonly leaf: Uint8Array
  /** Envelope of an entry; null: a record, which lies in its own table. */
  readonly body: Uint8Array | null
  /** How long after its window's end a record came, when that is late; else 0. */
  readonly late_ms: number
}
