import { ok, type Result, refuse } from '../result.ts'
import type { EvidenceCrypto } from './crypto.ts'
import { fromBase64, joined, toBase64, toHex, utf8 } from './octets.ts'

/** Signature types of C2SP signed-note. Keys of other types are kept, and what they sign is not known. */
export const KEY_TYPE = {
  /** Ed25519 over a note's text. */
  note: 0x01,
  /** Timestamped Ed25519 cosignature of a checkpoint (C2SP tlog-cosignature). */
  cosignature: 0x04,
} as const

/** A verifier key: who signs, how, and what his signatures are verified with. */
export interface Vkey {
  readonly name: string
  /** The first four octets of SHA-256(name || LF || type || key), as eight hexadecimal digits. */
  readonly keyId: string
  readonly type: number
  /** Raw public key; 32 octets where the type is one of KEY_TYPE. */
  readonly publicKey: Uint8Array
}

const ED25519_OCTETS = 32

/** Not empty, no Unicode space, no plus, no control character (C2SP signed-note, Format). */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}\p{Cc}\p{Surrogate}+]/u.test(name)
}

/** The verifier key of a public key. @throws TypeError when the name cannot be one */
export function vkeyOf(
  crypto: Pick<EvidenceCrypto, 'sha256'>,
  key: { readonly name: string; readonly publicKey: Uint8Array },
  type: number = KEY_TYPE.note,
): Vkey {
  if (!isKeyName(key.name)) throw new TypeError(`not a key name: ${JSON.stringify(key.name)}`)
  const { name, publicKey } = key
  const id = crypto.sha256(joined(utf8(`${name}\n`), Uint8Array.of(type), publicKey))
  return { name, type, publicKey, keyId: toHex(id.subarray(0, 4)) }
}

/** `name+keyid+base64(type || key)`. */
export function formatVkey({ name, keyId, type, publicKey }: Vkey): string {
  return `${name}+${keyId}+${toBase64(joined(Uint8Array.of(type), publicKey))}`
}

/** Reads a verifier key. Refuses, with the reason, one whose id is not that of its own parts. */
export function parseVkey(
  crypto: Pick<EvidenceCrypto, 'sha256'>,
  text: string,
): Result<Vkey, string> {
  const [, name = '', keyId = '', base64 = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/su.exec(text) ?? []
  if (!isKeyName(name)) return refuse('not of the form name+keyid+base64')
  const bytes = fromBase64(base64)
  const [type] = bytes ?? []
  if (bytes === null || type === undefined) return refuse('its key is not base64')
  const publicKey = bytes.subarray(1)
  const isEd25519 = type === KEY_TYPE.note || type === KEY_TYPE.cosignature
  if (isEd25519 && publicKey.length !== ED25519_OCTETS) {
    return refuse(`its key has ${publicKey.length} octets, not ${ED25519_OCTETS}`)
  }
  const vkey = vkeyOf(crypto, { name, publicKey }, type)
  // ECDSA keys (type 2) have another way to their id; nothing here uses them.
  if (isEd25519 && vkey.keyId !== keyId) {
    return refuse(`its key id is ${keyId}, and that of its parts ${vkey.keyId}`)
  }
  return ok({ ...vkey, keyId })
}
