import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import type { EvidenceCrypto, Signer } from './crypto.ts'
import { isWeakKey } from './weak-key.ts'

/** Octets before a raw Ed25519 key in its SubjectPublicKeyInfo (RFC 8410 section 4). */
const SPKI_PREFIX_LENGTH = 12

/** The only file of shared/ that knows node: bytes go in, bytes come out, nothing is read or kept. */
export const nodeCrypto: EvidenceCrypto = {
  sha256: (bytes) => octetsOf(hash('sha256', bytes, 'binary')),
  verify: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false
    const key = keyObject(publicKey)
    return key !== null && verify(null, message, key, signature)
  },
}

/**
 * The octets of a digest that is given with one character for each. Verifying makes half a million of
 * them in a month: as buffers of their own they would be four times as slow, to make and to clear away.
 */
export function octetsOf(binary: string): Uint8Array {
  const octets = new Uint8Array(binary.length)
  for (let at = 0; at < octets.length; at += 1) octets[at] = binary.charCodeAt(at)
  return octets
}

/** Those in use are kept; one costs 1.4 kB, and some 17 us to make again. */
const KEYS = new Map<string, KeyObject | null>()
const MOST_KEYS = 12_000

/** Null for a key that anybody can sign by. */
function keyObject(publicKey: Uint8Array): KeyObject | null {
  const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, 32).toString('latin1')
  const known = KEYS.get(name)
  if (known !== undefined) return known
  const made = isWeakKey(publicKey) ? null : publicKeyOf(publicKey)
  if (KEYS.size >= MOST_KEYS) KEYS.clear()
  KEYS.set(name, made)
  return made
}

/**
 * A key object for node:crypto from the raw 32 octets of an Ed25519 key. By way of RFC 8037: OpenSSL
 * takes ten times as long to read the same key in its SubjectPublicKeyInfo.
 */
export function publicKeyOf(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** A signer from a private key in PEM (PKCS #8). @throws Error when it is not an Ed25519 key */
export function signerFrom(name: string, pem: string): Signer {
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key')
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    name,
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX_LENGTH)),
    sign: (message) => sign(null, message, key),
  }
}
