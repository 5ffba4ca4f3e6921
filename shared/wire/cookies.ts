import type { KeyedHash } from './control.ts'

/**
 * The values that tell a session's packets from forged ones. Both sides derive them from the key, the
 * agent's nonce and the reflector's token, so the handshake never carries them.
 */
export interface Cookies {
  readonly outHigh: number
  readonly outLow: number
  readonly back: number
}

/** @param nonce,token,sessionId hexadecimal, as the handshake names them */
export function deriveCookies(
  nonce: string,
  token: string,
  sessionId: string,
  secret: Uint8Array,
  hash: KeyedHash,
): Cookies {
  const text = `voip-ready cookies ${nonce} ${token} ${sessionId}`
  const digest = hash(
    secret,
    Uint8Array.from(text, (character) => character.charCodeAt(0)),
  )
  const view = new DataView(digest.buffer, digest.byteOffset, digest.length)
  return {
    outHigh: view.getUint32(0),
    outLow: view.getUint32(4),
    back: view.getUint32(8),
  }
}
