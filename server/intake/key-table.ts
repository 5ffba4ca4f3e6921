import { type KeyObject, verify } from 'node:crypto'
import type { ListedKey } from '../access/known.ts'
import { publicKeyOf } from '../access/public-key.ts'

interface Entry {
  readonly place: number
  readonly raw: Uint8Array
  key: KeyObject | null
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
      entries.push({ place: this.#size, raw: publicKey, key: null })
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
      .filter((entry) => {
        entry.key ??= publicKeyOf(entry.raw)
        return verify(null, message, entry.key, signature)
      })
      .map(({ place }) => place)
  }
}
