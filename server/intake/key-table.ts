import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import type { ListedKey } from '../access/known.ts'

interface Entry {
  readonly place: number
  readonly publicKey: Uint8Array
}

/**
 * All keys that agents ever enrolled, by their ids. An id is only a hint: several keys may share it,
 * and which of them made a signature is told by its place. Whose key it is, and whether it still holds,
 * is not known here.
 */
export class KeyTable {
  readonly #byId = new Map<string, Entry[]>()
  #size = 0

  /** Takes in the keys that come next in the list. */
  add(keys: readonly ListedKey[]): void {
    for (const { keyId, publicKey } of keys) {
      const entries = this.#byId.get(keyId) ?? []
      entries.push({ place: this.#size, publicKey })
      this.#byId.set(keyId, entries)
      this.#size += 1
    }
  }

  knows(keyId: string): boolean {
    return this.#byId.has(keyId)
  }

  /** Places of the keys of this id that made the signature (Ed25519, RFC 8032) over the message. */
  makersOf(keyId: string, message: Uint8Array, signature: Uint8Array): number[] {
    return (this.#byId.get(keyId) ?? [])
      .filter(({ publicKey }) => nodeCrypto.verify(publicKey, message, signature))
      .map(({ place }) => place)
  }
}
