import { ok, type Result, refuse } from '../result.ts'
import { type CheckpointRefusal, type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts'
import type { EvidenceCrypto } from './crypto.ts'
import { HASH_OCTETS } from './merkle.ts'
import { verifyInclusion } from './merkle-verify.ts'
import { fromBase64, fromDecimal, toBase64 } from './octets.ts'
import type { Vkey } from './vkey.ts'

/** That an entry stands in a log, in one text that is verified offline (C2SP tlog-proof@v1). */
export interface TlogProof {
  readonly index: number
  /** Inclusion proof, from the leaf's sibling up. */
  readonly hashes: readonly Uint8Array[]
  /** The signed note, byte for byte. */
  readonly checkpoint: string
  /** Whatever the maker added; signed by nobody. */
  readonly extra?: Uint8Array
}

export type ProofRefusal = CheckpointRefusal | 'not-a-proof' | 'not-included'

const FIRST_LINE = 'c2sp.org/tlog-proof@v1'
/** No tree has more levels. */
const MOST_HASHES = 63

export function formatProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const lines = [
    FIRST_LINE,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(toBase64),
  ]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** Takes a proof apart; nothing is verified. */
export function parseProof(text: string): Result<TlogProof, 'not-a-proof'> {
  const end = text.indexOf('\n\n')
  if (end < 0) return refuse('not-a-proof')
  const [first, ...lines] = text.slice(0, end).split('\n')
  const extra = lines[0]?.startsWith('extra ')
    ? fromBase64((lines.shift() ?? '').slice(6))
    : undefined
  const [at = '', ...rest] = lines
  const index = at.startsWith('index ') ? fromDecimal(at.slice(6)) : null
  const hashes = rest.map(fromBase64)
  const whole = hashes.flatMap((hash) => (hash?.length === HASH_OCTETS ? [hash] : []))
  const wrong = index === null || extra === null || whole.length !== hashes.length
  if (first !== FIRST_LINE || wrong || whole.length > MOST_HASHES) return refuse('not-a-proof')
  const proof = { index, hashes: whole, checkpoint: text.slice(end + 2) }
  return ok(extra === undefined ? proof : { ...proof, extra })
}

/**
 * Verifies that a leaf stands where the proof says, in a tree whose checkpoint a known log signed.
 * Whether enough witnesses cosigned is the policy's to say (policy.ts) from what comes back.
 *
 * @param leaf RFC 6962 leaf hash, computed by the caller from the entry in question
 * @param known verifier keys of the log and of witnesses
 */
export function verifyProof(
  crypto: EvidenceCrypto,
  proof: TlogProof,
  leaf: Uint8Array,
  known: readonly Vkey[],
): Result<OpenedCheckpoint, ProofRefusal> {
  const opened = openCheckpoint(crypto, proof.checkpoint, known)
  if (!opened.ok) return opened
  const { size, root } = opened.value.checkpoint
  const { index, hashes } = proof
  return verifyInclusion(crypto, { leaf, index, size, root, proof: hashes })
    ? opened
    : refuse('not-included')
}
