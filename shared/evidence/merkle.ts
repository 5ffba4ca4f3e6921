import type { EvidenceCrypto } from './crypto.ts'

/**
 * Merkle trees of RFC 6962 section 2.1 (RFC 9162 section 2.1) over SHA-256. A tree is never held
 * whole: it grows as a *range*, the roots of its perfect parts from left to right, and proofs are
 * made from *nodes*, the roots of perfect parts wherever they are kept.
 */
export type Sha256 = Pick<EvidenceCrypto, 'sha256'>

export const HASH_OCTETS = 32

/** What a tree of `size` leaves comes down to: at most one root for each power of two, widest first. */
export interface Range {
  readonly size: number
  readonly roots: readonly Uint8Array[]
}

export const EMPTY_RANGE: Range = { size: 0, roots: [] }

/** The root of the perfect part that starts at leaf `index * 2^level` and spans 2^level leaves. */
export interface NodeAt {
  readonly level: number
  readonly index: number
}

/** Where proofs take their hashes from; throws when it has not got one. */
export type NodeSource = (node: NodeAt) => Uint8Array

/** Leaves from `from` up to, not including, `to`. */
interface Span {
  readonly from: number
  readonly to: number
}

/** SHA-256(0x00 || entry). */
export function leafHash(crypto: Sha256, entry: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + entry.length)
  bytes.set(entry, 1)
  return crypto.sha256(bytes)
}

/** What is hashed as a node, filled anew for each: a log has as many nodes as leaves. */
const NODE = new Uint8Array(1 + 2 * HASH_OCTETS)

/** SHA-256(0x01 || left || right). */
export function nodeHash(crypto: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  const length = 1 + left.length + right.length
  const bytes = length === NODE.length ? NODE : new Uint8Array(length)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 1 + left.length)
  return crypto.sha256(bytes)
}

/** The tree with one more leaf; the range given stays as it was. */
export function appendLeaf(crypto: Sha256, range: Range, leaf: Uint8Array): Range {
  const roots = [...range.roots]
  let hash = leaf
  for (let rest = range.size; rest % 2 === 1; rest = (rest - 1) / 2) {
    hash = nodeHash(crypto, roots.pop() ?? hash, hash)
  }
  return { size: range.size + 1, roots: [...roots, hash] }
}

/** Root hash of the tree; that of no leaves is SHA-256 of nothing. */
export function rangeRoot(crypto: Sha256, { roots }: Range): Uint8Array {
  const last = roots.at(-1)
  if (last === undefined) return crypto.sha256(new Uint8Array())
  return roots.slice(0, -1).reduceRight((right, left) => nodeHash(crypto, left, right), last)
}

/** Root hash over all leaf hashes, for those who have them in hand. */
export function rootOf(crypto: Sha256, leaves: Iterable<Uint8Array>): Uint8Array {
  let range = EMPTY_RANGE
  for (const leaf of leaves) range = appendLeaf(crypto, range, leaf)
  return rangeRoot(crypto, range)
}

/** Nodes of a tree whose leaf hashes are all in hand. */
export function nodesOf(crypto: Sha256, leaves: readonly Uint8Array[]): NodeSource {
  const levels: (readonly Uint8Array[])[] = [leaves]
  for (let below = leaves; below.length > 1; ) {
    const even = below.filter((_hash, at) => at % 2 === 0).slice(0, Math.floor(below.length / 2))
    const lower = below
    below = even.map((left, at) => nodeHash(crypto, left, lower[2 * at + 1] ?? left))
    levels.push(below)
  }
  return ({ level, index }) => {
    const hash = levels[level]?.[index]
    if (hash === undefined) throw new RangeError(`no node ${index} at level ${level}`)
    return hash
  }
}

/**
 * Inclusion proof of RFC 6962 section 2.1.1: the hashes beside the way from leaf `index` to the root
 * of the first `size` leaves, lowest first. @throws RangeError when the leaf is not in that tree
 */
export function inclusionProof(
  crypto: Sha256,
  nodes: NodeSource,
  index: number,
  size: number,
): Uint8Array[] {
  return inclusionSpans(index, size).map((span) => spanRoot(crypto, nodes, span))
}

/**
 * Consistency proof of RFC 6962 section 2.1.2 from the first `from` leaves to the first `to`.
 * @throws RangeError unless 1 <= from <= to
 */
export function consistencyProof(
  crypto: Sha256,
  nodes: NodeSource,
  from: number,
  to: number,
): Uint8Array[] {
  return consistencySpans(from, to).map((span) => spanRoot(crypto, nodes, span))
}

/** Root hash of the first `size` leaves from kept nodes. */
export function rootAt(crypto: Sha256, nodes: NodeSource, size: number): Uint8Array {
  return rangeRoot(crypto, rangeAt(nodes, size))
}

/** The range of the first `size` leaves from kept nodes. */
export function rangeAt(nodes: NodeSource, size: number): Range {
  return { size, roots: partsOf({ from: 0, to: size }).map(nodes) }
}

/** Every node that the proof needs: to fetch them first, where fetching takes time. */
export function inclusionNodes(index: number, size: number): NodeAt[] {
  return inclusionSpans(index, size).flatMap(partsOf)
}

/** As inclusionNodes, for a consistency proof. */
export function consistencyNodes(from: number, to: number): NodeAt[] {
  return consistencySpans(from, to).flatMap(partsOf)
}

/** As inclusionNodes, for rangeAt and rootAt. */
export function rangeNodes(size: number): NodeAt[] {
  return partsOf({ from: 0, to: size })
}

function spanRoot(crypto: Sha256, nodes: NodeSource, span: Span): Uint8Array {
  return rangeRoot(crypto, { size: span.to - span.from, roots: partsOf(span).map(nodes) })
}

function inclusionSpans(index: number, size: number): Span[] {
  if (!isCount(index) || !isCount(size) || index >= size) {
    throw new RangeError(`leaf ${index} is not among the first ${size}`)
  }
  const beside: Span[] = []
  let from = 0
  let to = size
  while (to - from > 1) {
    const split = from + widestBelow(to - from)
    if (index < split) {
      beside.unshift({ from: split, to })
      to = split
    } else {
      beside.unshift({ from, to: split })
      from = split
    }
  }
  return beside
}

/** SUBPROOF of RFC 6962 section 2.1.2; a part that the old tree's root already is goes without. */
function consistencySpans(old: number, size: number): Span[] {
  if (!isCount(old) || !isCount(size) || old < 1 || old > size) {
    throw new RangeError(`no consistency proof from ${old} to ${size}`)
  }
  const spans: Span[] = []
  let from = 0
  let to = size
  while (to !== old) {
    const split = from + widestBelow(to - from)
    if (old <= split) {
      spans.unshift({ from: split, to })
      to = split
    } else {
      spans.unshift({ from, to: split })
      from = split
    }
  }
  return from === 0 ? spans : [{ from, to }, ...spans]
}

/** The perfect parts of a span that starts where a tree of its width may. */
function partsOf({ from, to }: Span): NodeAt[] {
  const parts: NodeAt[] = []
  for (let at = from; at < to; ) {
    const level = floorLog2(to - at)
    const width = 2 ** level
    parts.push({ level, index: at / width })
    at += width
  }
  return parts
}

/** The largest power of two smaller than `width`, which is at least 2. */
function widestBelow(width: number): number {
  return 2 ** floorLog2(width - 1)
}

/** Math.log2 rounds up just below the larger powers of two. */
function floorLog2(value: number): number {
  const level = Math.floor(Math.log2(value))
  return 2 ** level > value ? level - 1 : level
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
