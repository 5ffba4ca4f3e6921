import type { Checkpoint } from './checkpoint.ts'
import type { Sha256 } from './merkle.ts'
import { verifyConsistency } from './merkle-verify.ts'
import { sameOctets } from './octets.ts'

/** What a newly shown head of a log is to the one that was kept. */
export type HeadWord =
  | 'same'
  /** Begins with what was kept. */
  | 'advanced'
  /** Smaller, and shown to be the beginning of what was kept: an old copy. */
  | 'stale'
  /** One size, two contents: both signed heads together prove it. */
  | 'two-roots'
  /** Larger, and not shown to begin with what was kept. */
  | 'unproven'
  /** Smaller, and not shown to be the beginning of what was kept. */
  | 'rolled-back'

type Head = Pick<Checkpoint, 'size' | 'root'>

/** The sizes that a consistency proof is wanted between; null where none is needed. */
export function proofWanted(kept: Head, shown: Head): { from: number; to: number } | null {
  const [from, to] = [kept.size, shown.size].sort((a, b) => a - b)
  if (from === undefined || to === undefined || from === to || from === 0) return null
  return { from, to }
}

/**
 * Holds a head against the one kept before it. Both must have been verified as of one log.
 * @param proof consistency proof between the two sizes (see proofWanted); null: none was to be had
 */
export function holdAgainst(
  crypto: Sha256,
  kept: Head,
  shown: Head,
  proof: readonly Uint8Array[] | null,
): HeadWord {
  if (kept.size === shown.size) return sameOctets(kept.root, shown.root) ? 'same' : 'two-roots'
  const grows = kept.size < shown.size
  const [from, to] = grows ? [kept, shown] : [shown, kept]
  // Everything begins with nothing (RFC 6962 section 2.1.2 has no proof of that).
  const proven = from.size === 0 || verifyConsistency(crypto, { from, to, proof: proof ?? [] })
  if (grows) return proven ? 'advanced' : 'unproven'
  // An empty log shows nothing of the one that was there.
  return proven && from.size > 0 ? 'stale' : 'rolled-back'
}
