import type { EvidenceCrypto } from './crypto.ts'
import { type NodeAt, nodeHash } from './merkle.ts'

type Sha256 = Pick<EvidenceCrypto, 'sha256'>

/**
 * The perfect parts of the leaves [from, to), left to right: what stands in a bundle for leaves that
 * it does not show. Each is as wide as its place and the span allow.
 */
export function partsBetween(from: number, to: number): NodeAt[] {
  const parts: NodeAt[] = []
  for (let at = from; at < to; ) {
    let level = 0
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level += 1
    parts.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return parts
}

/**
 * A log read from left to right. Leaves are shown or stood for by hashes of perfect parts, without a
 * hole, so that every checkpoint met on the way is recomputed from the same hashes: each one then
 * proves all leaves before it, and all of them are consistent with each other (RFC 6962 section 2.1).
 */
export class TreeSweep {
  readonly #crypto: Sha256
  #parts: { readonly level: number; readonly hash: Uint8Array }[] = []
  #size = 0

  constructor(crypto: Sha256) {
    this.#crypto = crypto
  }

  get size(): number {
    return this.#size
  }

  /** Adds the root of a perfect part of 2^level leaves. False when it cannot stand at this place. */
  push(level: number, hash: Uint8Array): boolean {
    const width = 2 ** level
    if (this.#size % width !== 0) return false
    let top = { level, hash }
    for (let last = this.#parts.at(-1); last?.level === top.level; last = this.#parts.at(-1)) {
      this.#parts.pop()
      top = { level: top.level + 1, hash: nodeHash(this.#crypto, last.hash, top.hash) }
    }
    this.#parts.push(top)
    this.#size += width
    return true
  }

  /** Root hash of everything so far. */
  root(): Uint8Array {
    return this.rootLater()()
  }

  /** The root of what is here now, reckoned when it is asked for. */
  rootLater(): () => Uint8Array {
    const hashes = this.#parts.map(({ hash }) => hash)
    return () => this.#rootOf([...hashes])
  }

  #rootOf(hashes: Uint8Array[]): Uint8Array {
    const last = hashes.pop()
    if (last === undefined) return this.#crypto.sha256(new Uint8Array())
    return hashes.reduceRight((right, left) => nodeHash(this.#crypto, left, right), last)
  }
}
