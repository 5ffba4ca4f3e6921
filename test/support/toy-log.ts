import { formatCheckpoint } from '../../shared/evidence/checkpoint.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { consistencyProof, leafHash, nodesOf, rootOf } from '../../shared/evidence/merkle.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { signNote } from '../../shared/evidence/note.ts'
import { formatVkey, vkeyOf } from '../../shared/evidence/vkey.ts'

/** A log whose leaves are texts: what it shows at any of its sizes. */
export class ToyLog {
  readonly signer: Signer
  #leaves: readonly Uint8Array[] = []

  constructor(signer: Signer, leaves: readonly string[] = []) {
    this.signer = signer
    this.add(...leaves)
  }

  get vkey(): string {
    return formatVkey(vkeyOf(nodeCrypto, this.signer))
  }

  get size(): number {
    return this.#leaves.length
  }

  add(...leaves: readonly string[]): void {
    const hashes = leaves.map((leaf) => leafHash(nodeCrypto, Buffer.from(leaf)))
    this.#leaves = [...this.#leaves, ...hashes]
  }

  /** The same signer, with the first `size` leaves and then others. */
  fork(size: number, ...leaves: readonly string[]): ToyLog {
    const other = new ToyLog(this.signer)
    other.#leaves = this.#leaves.slice(0, size)
    other.add(...leaves)
    return other
  }

  root(size = this.size): Uint8Array {
    return rootOf(nodeCrypto, this.#leaves.slice(0, size))
  }

  text(size = this.size): string {
    return formatCheckpoint({ origin: this.signer.name, size, root: this.root(size) })
  }

  note(size = this.size): string {
    return signNote(nodeCrypto, this.text(size), [this.signer])
  }

  /** Null where there is none: sizes beyond its own, or from nothing. */
  proof(from: number, to: number): Uint8Array[] | null {
    if (from < 1 || from > to || to > this.size) return null
    return consistencyProof(nodeCrypto, nodesOf(nodeCrypto, this.#leaves), from, to)
  }
}

/** Leaves `from` to, not including, `to`. */
export const leaves = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `leaf ${from + at}`)
