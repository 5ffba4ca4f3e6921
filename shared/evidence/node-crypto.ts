import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import type { EvidenceCrypto, Signer } from './crypto.ts'

/** Octets before a raw Ed25519 key in its SubjectPublicKeyInfo (RFC 8410 section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** The only file of shared/ that knows node: bytes go in, bytes come out, nothing is read or kept. */
export const nodeCrypto: EvidenceCrypto = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  verify: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false
    return verify(null, message, keyObject(publicKey), signature)
  },
}

/** Taking a key apart costs as much as a verification: the few that are in use are kept. */
const KEYS = new Map<string, KeyObject>()
const MOST_KEYS = 1000

function keyObject(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, 32).toString('latin1')
  const known = KEYS.get(name)
  if (known !== undefined) return known
  const key = Buffer.concat([SPKI_PREFIX, publicKey])
  const made = createPublicKey({ key, format: 'der', type: 'spki' })
  if (KEYS.size >= MOST_KEYS) KEYS.clear()
  KEYS.set(name, made)
  return made
}

/** A signer from a private key in PEM (PKCS #8). @throws Error when it is not an Ed25519 key */
export function signerFrom(name: string, pem: string): Signer {
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key')
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    name,
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)),
    sign: (message) => sign(null, message, key),
  }
}
