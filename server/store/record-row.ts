/** A record as it is kept: the exact bytes, and what is needed to find them again. */
export interface RecordRow {
  readonly site: string
  readonly agent: string
  readonly boot: string
  readonly sequence: number
  /** Milliseconds since 1970, the collector's clock. */
  readonly receivedMs: number
  /** Window borders, milliseconds since 1970, the agent's clock. */
  readonly fromMs: number
  readonly toMs: number
  readonly profileSha256: string
  /** SHA-256 of the payload bytes, hex: what tells a repeat from another record. */
  readonly payloadSha256: string
  /** The payload bytes as sent (these are what an agent signs), packed; see packed.ts. */
  readonly packed: Uint8Array
  /**
   * The envelope as received with the base64 of its payload cut out at character `frameAt`: put back
   * together the two are the envelope byte for byte, which is what a ledger will hash.
   */
  readonly frame: string
  readonly frameAt: number
  /** RFC 6962 leaf hash of the envelope's bytes, 32 octets: its place in the ledger is by this. */
  readonly leafHash: Uint8Array
  /**
   * It carries a part of a round of the agent's other checks, or of a run that was asked of it, and is
   * found again by that. One with a run is of no minute: it never is its agent's newest state. A check
   * that was asked for (`look`) holds for nothing beyond it.
   */
  readonly carries?: 'round' | 'run' | 'look' | null
}

/** Longest window that a record may have; bounds every look-up by time. */
export const LONGEST_WINDOW_MS = 24 * 3600 * 1000
