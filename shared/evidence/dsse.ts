import type { EvidenceCrypto, Signer } from './crypto.ts'

/**
 * DSSE v1: the exact bytes are what is signed, so no two parties ever have to agree on how to write
 * JSON. `keyid` is a hint: the first eight octets of the SHA-256 of the raw public key, hexadecimal.
 */
const encoder = new TextEncoder()

/** Pre-authentication encoding: `DSSEv1 SP len(type) SP type SP len(body) SP body`. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = encoder.encode(payloadType)
  const head = encoder.encode(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `)
  const whole = new Uint8Array(head.length + payload.length)
  whole.set(head)
  whole.set(payload, head.length)
  return whole
}

/** The hint that names a key in signatures. */
export function keyIdOf(publicKey: Uint8Array, crypto: Pick<EvidenceCrypto, 'sha256'>): string {
  return Array.from(crypto.sha256(publicKey).subarray(0, 8), (octet) =>
    octet.toString(16).padStart(2, '0'),
  ).join('')
}

/** Signs a payload; the signature's octets, 64. */
export function signPayload(signer: Signer, payloadType: string, payload: Uint8Array): Uint8Array {
  return signer.sign(preAuthEncoding(payloadType, payload))
}

/** True when the signature is that of this payload of this type under this key. */
export function verifyPayload(
  crypto: Pick<EvidenceCrypto, 'verify'>,
  publicKey: Uint8Array,
  statement: {
    readonly payloadType: string
    readonly payload: Uint8Array
    readonly signature: Uint8Array
  },
): boolean {
  const { payloadType, payload, signature } = statement
  return crypto.verify(publicKey, preAuthEncoding(payloadType, payload), signature)
}
