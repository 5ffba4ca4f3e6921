import type { KeyedHash } from '../../shared/wire/control.ts'
import type { Peer } from '../engine/types.ts'

/** A token lives through its own slot of time and the next. */
export const TOKEN_SLOT_NS = 5e9

/**
 * Stateless challenge (as QUIC Retry and DTLS cookies do): the token is a digest over the source, the
 * agent's nonce and the time under a secret that only this process knows. Nothing is kept for an open
 * that never returns, and an address that was forged never sees its token.
 */
export function tokenFor(
  peer: Peer,
  keyId: string,
  nonce: string,
  slot: number,
  secret: Uint8Array,
  hash: KeyedHash,
): string {
  const text = `open ${peer.address} ${peer.port} ${keyId} ${nonce} ${slot}`
  return Buffer.from(hash(secret, Buffer.from(text)).subarray(0, 16)).toString('hex')
}

export function slotOf(monotonicNs: number): number {
  return Math.floor(monotonicNs / TOKEN_SLOT_NS)
}

/** True for a token of this or the previous slot. */
export function tokenIsFresh(
  token: string,
  peer: Peer,
  keyId: string,
  nonce: string,
  monotonicNs: number,
  secret: Uint8Array,
  hash: KeyedHash,
): boolean {
  const slot = slotOf(monotonicNs)
  return [slot, slot - 1].some((s) => token === tokenFor(peer, keyId, nonce, s, secret, hash))
}
