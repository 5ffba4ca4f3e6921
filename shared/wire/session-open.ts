import { capabilityOctets, type WireCapabilities } from './capabilities.ts'
import { controlBytes } from './control.ts'
import { type Field, hex, layout, u8, u16, u32 } from './fields.ts'

/**
 * How a session begins. The first open carries a zero token; its answer is a challenge whose token
 * the reflector can check later without having kept anything. Only an open that brings the token
 * back, from the same address and within seconds, makes a session.
 *
 * open:      0 | agent nonce, 128 | 16 | token, 128 (zero at first) | 32 | streams, 16 |
 *           34 | payload bytes of a packet, 16 | 36 | TOS, 8 | 37 | lifetime wanted, seconds, 32 |
 * challenge: 0 | token, 128 | 16 | boot id, 64 |
 * accept:    0 | session id, 64 | 8 | boot id, 64 | 16 | SSRC of call 0, 32 | 20 | streams, 16 |
 *           22 | packets per second, 32 | 26 | lifetime, seconds, 32 | 30 | idle time-out, seconds, 16 |
 *           32 | sequence numbers kept per stream, 32 | 36 | TOS on replies, 8 | 37 | capabilities, 16 |
 * refused:   0 | reason, 8 | 1 | value of the limit met, 32 | 5 | boot id, 64 |
 */
export interface Open {
  readonly nonce: string
  readonly token: string
  readonly streams: number
  readonly payloadBytes: number
  readonly tos: number
  readonly lifetimeSeconds: number
}

export interface Challenge {
  readonly token: string
  readonly bootId: string
}

export interface Accept {
  readonly sessionId: string
  readonly bootId: string
  /** Call i uses SSRC base + i; its replies have the top bit set. */
  readonly ssrcBase: number
  readonly streams: number
  readonly packetsPerSecond: number
  readonly lifetimeSeconds: number
  readonly idleSeconds: number
  readonly history: number
  readonly egressTos: number
  readonly capabilities: WireCapabilities
}

/** Why there is no session; the order is the code on the wire, so append only. */
export const REFUSED_REASONS = [
  'bad-parameters',
  'revoked-key',
  'unknown-session',
  'sessions',
  'sessions-per-key',
  'streams-per-session',
  'packets-per-second',
  'packets-per-second-total',
  'memory',
  'stopping',
] as const
export type RefusedReason = (typeof REFUSED_REASONS)[number]

export interface Refused {
  readonly reason: RefusedReason
  /** Value of the limit met; 0 where the reason is not a limit. */
  readonly limit: number
  readonly bootId: string
}

export const NO_TOKEN = '0'.repeat(32)
export const REPLY_SSRC_BIT = 0x80000000

const reason: Field<RefusedReason> = {
  bytes: 1,
  read: (view, at) => REFUSED_REASONS[view.getUint8(at)] ?? 'bad-parameters',
  write: (view, at, value) => view.setUint8(at, REFUSED_REASONS.indexOf(value)),
}

export const openBody: Field<Open> = layout<Open>({
  nonce: hex(16),
  token: hex(16),
  streams: u16,
  payloadBytes: u16,
  tos: u8,
  lifetimeSeconds: u32,
})
export const challengeBody: Field<Challenge> = layout<Challenge>({
  token: hex(16),
  bootId: hex(8),
})
export const acceptBody: Field<Accept> = layout<Accept>({
  sessionId: hex(8),
  bootId: hex(8),
  ssrcBase: u32,
  streams: u16,
  packetsPerSecond: u32,
  lifetimeSeconds: u32,
  idleSeconds: u16,
  history: u32,
  egressTos: u8,
  capabilities: capabilityOctets,
})
export const refusedBody: Field<Refused> = layout<Refused>({
  reason,
  limit: u32,
  bootId: hex(8),
})

/** Every open has this length; it is the longest of the four. */
export const OPEN_BYTES = Math.max(
  controlBytes(openBody),
  controlBytes(challengeBody),
  controlBytes(acceptBody),
  controlBytes(refusedBody),
)
