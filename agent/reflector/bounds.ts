import { CODECS } from '../../shared/wire/rtp.ts'
import type { Accept, Open, RefusedReason } from '../../shared/wire/session-open.ts'

/**
 * Every bound of the reflector: its name (also that of the command line option), its default, and
 * what it bounds. A session is told what it was granted; a refusal names the bound and its value.
 */
export const BOUNDS = {
  sessions: { default: 256, most: 1023, says: 'sessions at one time' },
  sessionsPerKey: { default: 64, most: 1023, says: 'sessions at one time under one access key' },
  streamsPerSession: { default: 4000, most: 4095, says: 'calls in one session' },
  packetsPerSecond: { default: 250_000, most: 10_000_000, says: 'packets a second, all sessions' },
  packetsPerSession: { default: 200_000, most: 10_000_000, says: 'packets a second, one session' },
  controlPerSecond: { default: 4000, most: 1_000_000, says: 'control messages a second' },
  lifetimeSeconds: {
    default: 3600,
    most: 604_800,
    says: 'seconds a session lives without keep-alive',
  },
  idleSeconds: {
    default: 300,
    most: 65_535,
    says: 'seconds without a datagram that end a session',
  },
  rowsMiB: { default: 64, most: 65_536, says: 'MiB for arrivals kept for signed receipts' },
  memoryMiB: { default: 128, most: 65_536, says: 'MiB for the state of all sessions' },
} as const

export type BoundName = keyof typeof BOUNDS
export type Bounds = { readonly [K in BoundName]: number }

/** Sequence numbers remembered per stream: 327 s of a call; a power of two. */
export const HISTORY = 16_384
/** Octets that one stream costs: a state octet per sequence number, and its counters and rings. */
export const STREAM_BYTES = HISTORY + 256
/** The rate granted: 50 packets a second and call, and a tenth above it. */
const PACKETS_PER_CALL = 55

export function defaultBounds(): Bounds {
  return Object.fromEntries(
    Object.entries(BOUNDS).map(([name, bound]) => [name, bound.default]),
  ) as Bounds
}

/** What is in use when a session asks to be opened. */
export interface Usage {
  readonly sessions: number
  readonly sessionsOfKey: number
  readonly streams: number
  readonly packetsPerSecond: number
}

export type Granted = Pick<
  Accept,
  'streams' | 'packetsPerSecond' | 'lifetimeSeconds' | 'idleSeconds' | 'history'
>
export type Negotiated =
  | { readonly ok: true; readonly granted: Granted }
  | { readonly ok: false; readonly reason: RefusedReason; readonly limit: number }

/**
 * Grants what was asked, or names the first bound in its way. Lifetimes are cut to the bound and
 * named back; calls are all granted or none, because fewer calls would be another measurement.
 */
export function negotiate(open: Open, bounds: Bounds, usage: Usage): Negotiated {
  const payloads: readonly number[] = Object.values(CODECS).map((codec) => codec.payloadBytes)
  const rate = open.streams * PACKETS_PER_CALL
  const memory = (usage.streams + open.streams) * STREAM_BYTES
  const checks: readonly (readonly [met: boolean, reason: RefusedReason, limit: number])[] = [
    [open.streams === 0 || !payloads.includes(open.payloadBytes), 'bad-parameters', 0],
    [open.lifetimeSeconds === 0, 'bad-parameters', 0],
    [usage.sessions >= bounds.sessions, 'sessions', bounds.sessions],
    [usage.sessionsOfKey >= bounds.sessionsPerKey, 'sessions-per-key', bounds.sessionsPerKey],
    [open.streams > bounds.streamsPerSession, 'streams-per-session', bounds.streamsPerSession],
    [rate > bounds.packetsPerSession, 'packets-per-second', bounds.packetsPerSession],
    [
      usage.packetsPerSecond + rate > bounds.packetsPerSecond,
      'packets-per-second-total',
      bounds.packetsPerSecond,
    ],
    [memory > bounds.memoryMiB * 2 ** 20, 'memory', bounds.memoryMiB],
  ]
  for (const [met, reason, limit] of checks) if (met) return { ok: false, reason, limit }
  return {
    ok: true,
    granted: {
      streams: open.streams,
      packetsPerSecond: rate,
      lifetimeSeconds: Math.min(open.lifetimeSeconds, bounds.lifetimeSeconds),
      idleSeconds: bounds.idleSeconds,
      history: HISTORY,
    },
  }
}
