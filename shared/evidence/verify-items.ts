import type { ReceiptStatement, StreamEvidence } from '../record/receipt.ts'
import type { AgentRecord } from '../record/record.ts'
import type { EvidenceCrypto } from './crypto.ts'
import type { Unread, UnreadEntry } from './unread.ts'
import type { Packing } from './verify-keep.ts'
import type { Vkey } from './vkey.ts'

/**
 * `invalid`: contradicts itself or a trusted key. `suspicious`: possible, and in need of an
 * explanation. `missing`: cannot be proven from what is here. `note`: worth knowing.
 */
export type Severity = 'invalid' | 'suspicious' | 'missing' | 'note'

export interface Item {
  readonly severity: Severity
  /** Stable word for programs. */
  readonly code: string
  /** Line, record, checkpoint or entry. */
  readonly where: string
  readonly what: string
  /** The time that it touches, milliseconds since 1970; null: the whole bundle. */
  readonly time: { readonly from: number; readonly to: number } | null
}

/** What verifying needs of the machine: hashes, signatures, packing, and base64. */
export interface VerifyTools extends EvidenceCrypto, Packing {
  /** SHA-256, lower-case hexadecimal. */
  readonly sha256hex: (bytes: Uint8Array) => string
  /** SHA-256 of a text's UTF-8. */
  readonly sha256ofText: (text: string) => Uint8Array
  readonly base64: (bytes: Uint8Array) => string
  readonly isUtf8: (bytes: Uint8Array) => boolean
  /** Text of UTF-8; what is none of it is replaced by U+FFFD. */
  readonly text: (bytes: Uint8Array) => string
  /** Octets of base64 in its one canonical spelling; null for anything else (see octets.ts). */
  readonly fromBase64: (text: string) => Uint8Array | null
}

/** The keys that the verifying party trusts. Those inside a bundle are trusted by nobody. */
export interface TrustedKeys {
  readonly agent: readonly Vkey[]
  readonly reflector: readonly Vkey[]
  readonly log: readonly Vkey[]
  readonly witness: readonly Vkey[]
}

export type Report = (
  severity: Severity,
  code: string,
  where: string,
  what: string,
  time?: Item['time'],
) => void

/** One record as verifying keeps it. */
export interface SeenRecord {
  readonly index: number
  readonly where: string
  readonly payloadSha256: string
  /** All of it but what was observed and signed for: a month of that is too much to hold. */
  readonly record: Omit<AgentRecord, 'observations' | 'evidence'>
  /** What may be judged by it, were its words known here; null: they are. */
  readonly unread: Unread | null
  /** What was observed, read again each time; nothing where its words are not known. */
  readonly observations: () => AgentRecord['observations']
  /** Signed by a key that the verifying party trusts. */
  readonly proven: boolean
  /** The log before it had the root that its agent says it saw; whose log that is, is not looked at. */
  readonly seenHere?: boolean
  readonly receipts: {
    readonly proven: number
    readonly claimed: number
    readonly none: number
    /** What each one says of itself, without its figures. */
    readonly marks: readonly ReceiptMark[]
  }
  /** Digests and receipts; only of a bundle with raw rows, which is short. */
  readonly evidence?: AgentRecord['evidence']
}

/** A receipt, as far as it tells who was there and when. */
export interface ReceiptMark
  extends Pick<
    ReceiptStatement,
    'reflector' | 'session' | 'firstArrival' | 'lastArrival' | 'version'
  > {
  readonly farEnd: StreamEvidence['farEnd']
  /** The reflector stands at the far border of this segment; absent: it is the far end's own. */
  readonly segment?: StreamEvidence['segment']
  /** Where the packets came from, as the reflector saw it: behind a NAT, the NAT's. */
  readonly address: string
  /** Id of the key that it says it is signed with. */
  readonly keyid: string
  /** Signed by a key that the verifying party trusts. */
  readonly proven: boolean
}

export interface SeenEntry {
  readonly index: number
  readonly entry: import('./entry.ts').Entry
}

/** An entry of which the head alone could be read. */
export interface SeenUnread {
  readonly index: number
  readonly unread: UnreadEntry
}

/** A checkpoint whose root came out of the leaves, and when it was made as far as anybody says. */
export interface SeenCheckpointNote {
  readonly size: number
  readonly root: Uint8Array
  /** As it was signed. */
  readonly note: string
  readonly trusted: boolean
  /** Milliseconds since 1970 by its first cosignature; null: none. */
  readonly cosignedMs: number | null
  /** Witnesses whose cosignature verified. */
  readonly cosigners: readonly Vkey[]
}

/** What is known of a file that is not even the beginning of a bundle. */
export const NOTHING = {
  ...{ site: '', from: 0, to: 0, origin: '', records: 0, entries: 0, checkpoints: 0 },
  ...{ intervals: [], looks: [], rows: null, valid: false, complete: false },
} as const
