import type { Refusal } from '../errors.ts'
import { ok, type Result, refuse } from '../result.ts'
import { ascii, type Field, hex, layout } from './fields.ts'
import { fill } from './filler.ts'

/**
 * Control messages share the UDP port with the RTP they govern. The first octet is 'V' (version bits
 * 01), which RTP version 2 can never be.
 *
 *  0 | 'V'   | 'R'   | 1     | type  |
 *  4 | transaction, 64: the answer repeats its question's |
 * 12 | key id, 32 octets of ASCII, zero padded            |
 * 44 | body of the type, then filler up to the length that the type prescribes |
 * -16| HMAC-SHA-256 under the key's secret over all octets before it, first 16 octets |
 *
 * A question is always at least as long as its longest answer, so that nobody can be made an
 * amplifier, and whatever has no valid digest is answered with silence.
 */
export const CONTROL_FIRST_OCTET = 0x56
const SECOND_OCTET = 0x52
const VERSION = 1
export const CONTROL_HEADER = 44
export const MAC_BYTES = 16
/** IPv6's smallest MTU: no control datagram is longer. */
export const CONTROL_MAX = 1232

export const CONTROL_TYPES = {
  open: 1,
  challenge: 2,
  accept: 3,
  refused: 4,
  'receipt-request': 5,
  receipt: 6,
  'keep-alive': 7,
  alive: 8,
  close: 9,
  closed: 10,
  'statement-request': 11,
  statement: 12,
  'ports-question': 20,
  'ports-answer': 21,
} as const
export type ControlType = keyof typeof CONTROL_TYPES
const TYPE_NAMES = new Map<number, ControlType>(
  Object.entries(CONTROL_TYPES).map(([name, code]) => [code, name as ControlType]),
)

/** HMAC-SHA-256 of `data` under `key`, 32 octets; handed in because shared/ is pure. */
export type KeyedHash = (key: Uint8Array, data: Uint8Array) => Uint8Array

export interface ControlHeader {
  readonly type: ControlType
  /** Eight octets, hexadecimal. */
  readonly transaction: string
  readonly keyId: string
}

const TRANSACTION_AND_KEY: Field<{ transaction: string; keyId: string }> = layout({
  transaction: hex(8),
  keyId: ascii(32),
})

/**
 * Builds and seals one message.
 *
 * @param bytes length of the datagram; body and digest must fit
 */
export function encodeControl<T>(
  header: ControlHeader,
  body: Field<T>,
  value: T,
  bytes: number,
  secret: Uint8Array,
  hash: KeyedHash,
): Uint8Array {
  const datagram = new Uint8Array(bytes)
  const view = new DataView(datagram.buffer)
  view.setUint8(0, CONTROL_FIRST_OCTET)
  view.setUint8(1, SECOND_OCTET)
  view.setUint8(2, VERSION)
  view.setUint8(3, CONTROL_TYPES[header.type])
  TRANSACTION_AND_KEY.write(view, 4, header)
  body.write(view, CONTROL_HEADER, value)
  const end = CONTROL_HEADER + body.bytes
  fill(view, end, bytes - MAC_BYTES - end, bytes)
  seal(datagram, secret, hash)
  return datagram
}

/** Writes the digest of everything before it into the last sixteen octets. */
export function seal(datagram: Uint8Array, secret: Uint8Array, hash: KeyedHash): void {
  const at = datagram.length - MAC_BYTES
  datagram.set(hash(secret, datagram.subarray(0, at)).subarray(0, MAC_BYTES), at)
}

/** Reads the header without trusting it; refuses what is too short, too long or of another kind. */
export function decodeControlHeader(datagram: Uint8Array): Result<ControlHeader, Refusal> {
  const wanted = [CONTROL_FIRST_OCTET, SECOND_OCTET, VERSION]
  for (const [offset, octet] of wanted.entries()) {
    if (offset >= datagram.length) return refuse({ code: 'truncated', offset })
    if (datagram[offset] !== octet) return refuse({ code: 'bad-version', offset })
  }
  if (datagram.length < CONTROL_HEADER + MAC_BYTES)
    return refuse({ code: 'truncated', offset: datagram.length })
  if (datagram.length > CONTROL_MAX) return refuse({ code: 'oversized', offset: CONTROL_MAX })
  const type = TYPE_NAMES.get(datagram[3]!)
  if (type === undefined) return refuse({ code: 'bad-type', offset: 3 })
  const view = viewOf(datagram)
  return ok({ type, ...TRANSACTION_AND_KEY.read(view, 4) })
}

/** Checks the digest (in constant time) and reads the body. The type must have been looked at before. */
export function openControl<T>(
  datagram: Uint8Array,
  body: Field<T>,
  secret: Uint8Array,
  hash: KeyedHash,
): Result<T, Refusal> {
  const at = datagram.length - MAC_BYTES
  if (at < CONTROL_HEADER + body.bytes)
    return refuse({ code: 'truncated', offset: datagram.length })
  const digest = hash(secret, datagram.subarray(0, at))
  let difference = 0
  for (let i = 0; i < MAC_BYTES; i++) difference |= digest[i]! ^ datagram[at + i]!
  if (difference !== 0) return refuse({ code: 'bad-mac', offset: at })
  return ok(body.read(viewOf(datagram), CONTROL_HEADER))
}

/** Smallest datagram of a type whose body is `body`. */
export function controlBytes(body: Field<unknown>): number {
  return CONTROL_HEADER + body.bytes + MAC_BYTES
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
