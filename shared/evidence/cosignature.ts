import type { EvidenceCrypto, Signer } from './crypto.ts'
import { joined, utf8 } from './octets.ts'
import { KEY_TYPE, vkeyOf } from './vkey.ts'

/**
 * Cosignatures of C2SP tlog-cosignature, the Ed25519 kind: a witness says when, and that this was
 * the largest consistent tree of the log that he had seen.
 */
const TIME_OCTETS = 8
const SIGNATURE_OCTETS = 64

/** What is signed: two lines of header, then the checkpoint's text with its last newline. */
export function cosignedMessage(text: string, seconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${seconds}\n${text}`)
}

/**
 * A witness's signature of a checkpoint's text.
 * @param seconds POSIX time, whole and not negative
 */
export function cosign(
  crypto: Pick<EvidenceCrypto, 'sha256'>,
  witness: Signer,
  text: string,
  seconds: number,
) {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new RangeError(`not a time: ${seconds}`)
  const time = new Uint8Array(TIME_OCTETS)
  new DataView(time.buffer).setBigUint64(0, BigInt(seconds))
  const { name, keyId } = vkeyOf(crypto, witness, KEY_TYPE.cosignature)
  return { name, keyId, signature: joined(time, witness.sign(cosignedMessage(text, seconds))) }
}

/** Seconds since 1970 that a good cosignature states; null when it is not one of this key. */
export function verifyCosignature(
  crypto: Pick<EvidenceCrypto, 'verify'>,
  publicKey: Uint8Array,
  text: string,
  signature: Uint8Array,
): number | null {
  if (signature.length !== TIME_OCTETS + SIGNATURE_OCTETS) return null
  const { buffer, byteOffset } = signature
  const seconds = Number(new DataView(buffer, byteOffset, TIME_OCTETS).getBigUint64(0))
  if (!Number.isSafeInteger(seconds)) return null
  const message = cosignedMessage(text, seconds)
  return crypto.verify(publicKey, message, signature.subarray(TIME_OCTETS)) ? seconds : null
}
