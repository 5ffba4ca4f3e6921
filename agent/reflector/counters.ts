/**
 * What the reflector did and why it did not: one row per counter, with its meaning. Names are metric
 * labels, so they are closed and never renamed.
 */
export const COUNTERS = {
  received: 'datagrams received',
  replied: 'RTP packets answered',
  'not-sent': 'answers that the kernel did not take',
  opened: 'sessions opened',
  closed: 'sessions closed by their agent',
  expired: 'sessions ended by lifetime or idleness',
  revoked: 'sessions ended because their key was revoked',
  receipts: 'receipts given',
  statements: 'parts of signed receipts given',
  refused: 'opens refused with a named reason',
  mirrored: 'SIP messages sent back',
  'drop-sip': 'SIP messages without the proof of a key, or too often the same',
  'drop-not-ours': 'neither RTP version 2 nor control',
  'drop-truncated': 'ends before its own length, or larger than a datagram may be',
  'drop-unknown-ssrc': 'RTP of no session that is open',
  'drop-wrong-source': 'RTP of a session, from another address than the one that opened it',
  'drop-bad-size': 'RTP payload of another size or type than the session agreed',
  'drop-bad-cookie': 'RTP with a wrong cookie',
  'drop-rate-session': 'beyond the packet rate granted to the session',
  'drop-rate-total': 'beyond the packet rate of this reflector',
  'drop-low-port': 'from a source port below 1024',
  'drop-own-address': 'from this reflector itself',
  'drop-control-rate': 'beyond the control rate of this reflector',
  'drop-malformed': 'control message that cannot be read',
  'drop-unknown-key': 'control message under a key that is not known',
  'drop-bad-mac': 'control message whose digest does not match',
  'drop-bad-token': 'open with a token that was not given to this source just now',
  'drop-replayed-open': 'open whose token has already made a session that is gone',
} as const

export type CounterName = keyof typeof COUNTERS
export type Counters = Record<CounterName, number>

export function zeroCounters(): Counters {
  return Object.fromEntries(Object.keys(COUNTERS).map((name) => [name, 0])) as Counters
}

/** What the worker tells its owner once a second. */
export interface ReflectorTally {
  readonly type: 'tally'
  readonly counters: Counters
  readonly sessions: number
  /** True when the owner asked for it. */
  readonly asked: boolean
}
