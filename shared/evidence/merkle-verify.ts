import { HASH_OCTETS, nodeHash, type Sha256 } from './merkle.ts'
import { sameOctets } from './octets.ts'

/** A claim that a leaf stands at a place of a tree. Everything in it may be hostile. */
export interface InclusionClaim {
  /** RFC 6962 leaf hash of the entry, as the verifier computed it himself. */
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** A claim that a larger tree begins with a smaller one. Everything in it may be hostile. */
export interface ConsistencyClaim {
  readonly from: { readonly size: number; readonly root: Uint8Array }
  readonly to: { readonly size: number; readonly root: Uint8Array }
  readonly proof: readonly Uint8Array[]
}

/**
 * True when the proof leads from the leaf to the root (RFC 9162 section 2.1.3.2). Besides the
 * standard's steps every hash must have its length: a shorter one could shift what is hashed.
 */
export function verifyInclusion(crypto: Sha256, claim: InclusionClaim): boolean {
  const { leaf, index, size, root, proof } = claim
  if (!isCount(index) || !isCount(size) || index >= size) return false
  if (![leaf, root, ...proof].every(isHash)) return false
  let place = index
  let last = size - 1
  let hash = leaf
  for (const beside of proof) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(crypto, beside, hash)
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)]
    } else {
      hash = nodeHash(crypto, hash, beside)
    }
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 && sameOctets(hash, root)
}

/**
 * True when the proof shows that the larger tree begins with the smaller (RFC 9162 section 2.1.4.2).
 * From size 0 nothing is ever shown, not even to 0: the empty tree is consistent with every tree,
 * so a claim of it is a mistake or a trick. Equal sizes take equal roots and an empty proof.
 */
export function verifyConsistency(crypto: Sha256, claim: ConsistencyClaim): boolean {
  const { from, to, proof } = claim
  if (!isCount(from.size) || !isCount(to.size) || from.size < 1 || from.size > to.size) return false
  if (from.size === to.size) return proof.length === 0 && sameOctets(from.root, to.root)
  if (![from.root, to.root, ...proof].every(isHash)) return false
  if (proof.length === 0) return false
  const [first = from.root, ...rest] = isPowerOfTwo(from.size) ? [from.root, ...proof] : proof
  const roots = climb(crypto, claim, first, rest)
  return roots !== null && sameOctets(roots.old, from.root) && sameOctets(roots.new, to.root)
}

/** Both roots that the proof leads to; null when it is too short or too long. */
function climb(
  crypto: Sha256,
  { from, to }: ConsistencyClaim,
  first: Uint8Array,
  rest: readonly Uint8Array[],
): { readonly old: Uint8Array; readonly new: Uint8Array } | null {
  let place = from.size - 1
  let last = to.size - 1
  while (place % 2 === 1) [place, last] = [half(place), half(last)]
  let oldRoot = first
  let newRoot = first
  for (const beside of rest) {
    if (last === 0) return null
    if (place % 2 === 1 || place === last) {
      oldRoot = nodeHash(crypto, beside, oldRoot)
      newRoot = nodeHash(crypto, beside, newRoot)
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)]
    } else {
      newRoot = nodeHash(crypto, newRoot, beside)
    }
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 ? { old: oldRoot, new: newRoot } : null
}

/** Sizes go beyond 32 bits, so division stands where the standard shifts. */
function half(value: number): number {
  return Math.floor(value / 2)
}

function isPowerOfTwo(size: number): boolean {
  return 2 ** Math.round(Math.log2(size)) === size
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_OCTETS
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
