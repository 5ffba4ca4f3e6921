import { createPublicKey, type KeyObject } from 'node:crypto'

/** Octets before a raw Ed25519 key in its SubjectPublicKeyInfo (RFC 8410 section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** A key object for node:crypto from the raw 32 octets. */
export function publicKeyOf(raw: Uint8Array): KeyObject {
  const key = Buffer.concat([SPKI_PREFIX, raw])
  return createPublicKey({ key, format: 'der', type: 'spki' })
}
