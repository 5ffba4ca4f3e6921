import type { EvidenceCrypto } from './crypto.ts'
import { HASH_OCTETS, type NodeAt, nodeHash } from './merkle.ts'
import { NumberRows } from './number-rows.ts'

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

/** Hashes in a page. */
const PAGE = 1024
const LEVEL = 0
const LEFT = 1
const PART_WIDTH = 2
/** Stands for "no part on the left". */
const NONE = -1

/**
 * A log read from left to right. Leaves are shown or stood for by hashes of perfect parts, without a
 * hole, so that every checkpoint met on the way is recomputed from the same hashes: each one then
 * proves all leaves before it, and all of them are consistent with each other (RFC 6962 section 2.1).
 *
 * Each perfect part is kept with its number and that of the part on its left, so that any state that
 * the log was in is one number, and its root can be reckoned later.
 */
export class TreeSweep {
  readonly #crypto: Sha256
  readonly #pages: Uint8Array[] = []
  /** Of each part its level and the number of the part on its left. */
  readonly #parts = new NumberRows(PART_WIDTH)
  #top = NONE
  #size = 0

  constructor(crypto: Sha256) {
    this.#crypto = crypto
  }

  get size(): number {
    return this.#size
  }

  /** Stands for what is here now; see `rootOf`. */
  get state(): number {
    return this.#top
  }

  /** Adds the root of a perfect part of 2^level leaves. False when it cannot stand at this place. */
  push(level: number, hash: Uint8Array): boolean {
    const width = 2 ** level
    if (this.#size % width !== 0) return false
    let top = { level, hash, left: this.#top }
    while (top.left !== NONE && this.#parts.get(top.left, LEVEL) === top.level) {
      const joined = nodeHash(this.#crypto, this.#hashOf(top.left), top.hash)
      top = { level: top.level + 1, hash: joined, left: this.#leftOf(top.left) }
    }
    this.#top = this.#put(top)
    this.#size += width
    return true
  }

  /** Root hash of everything so far. */
  root(): Uint8Array {
    return this.rootOf(this.#top)
  }

  /** Root hash of what was here in a `state`. */
  rootOf(state: number): Uint8Array {
    if (state === NONE) return this.#crypto.sha256(new Uint8Array())
    let root = this.#hashOf(state)
    for (let at = this.#leftOf(state); at !== NONE; at = this.#leftOf(at)) {
      root = nodeHash(this.#crypto, this.#hashOf(at), root)
    }
    return root
  }

  #put(part: { readonly level: number; readonly hash: Uint8Array; readonly left: number }): number {
    const number = this.#parts.add([part.level, part.left])
    if (number % PAGE === 0) this.#pages.push(new Uint8Array(PAGE * HASH_OCTETS))
    this.#hashOf(number).set(part.hash)
    return number
  }

  #hashOf(part: number): Uint8Array {
    const from = (part % PAGE) * HASH_OCTETS
    const page = this.#pages[Math.floor(part / PAGE)]
    if (page === undefined) throw new RangeError(`no part ${part}`)
    return page.subarray(from, from + HASH_OCTETS)
  }

  #leftOf(part: number): number {
    return this.#parts.get(part, LEFT)
  }
}
