import type { KeyedHash } from './control.ts'
import {
  decodeSip,
  octetsOf,
  SEAL_HEADER,
  SIP_FIELDS,
  type SipField,
  type SipMessage,
  sipFields,
  textOf,
} from './sip.ts'

/**
 * The header by which a SIP message proves its access key, and by which the reflector tells what came
 * to it. The message goes back as it came, octet for octet, but for the room at the header's end: so
 * the answer is exactly as long as the question, and a gateway on the way back meets the same INVITE.
 *
 *   X-Voip-Ready: KEY-ID NONCE DELAY PROOF ROOM
 *
 *   NONCE 32 hex | DELAY 2 digits, seconds to hold the answer back | PROOF 32 hex, over nonce and delay |
 *   ROOM 116: zeros at first; back: address seen 32, port seen 4, 12 fields of 4, seal 32 (all hex)
 *
 * A field's four digits are of a keyed digest of its value as it came: equal to that of the value sent
 * where nothing rewrote it on the way out, equal to that of the value returned where nothing did on the
 * way back.
 */
const ROOM = 116
const DIGITS = 4
const MAC = 32

export interface SipAskHeader {
  readonly keyId: string
  readonly nonce: string
  readonly delaySeconds: number
  readonly proof: string
  readonly room: string
}

/** The seal header's value as the agent sends it. */
export function sealAsk(
  keyId: string,
  nonce: string,
  delaySeconds: number,
  secret: Uint8Array,
  hash: KeyedHash,
): string {
  const delay = String(delaySeconds).padStart(2, '0')
  const proof = digest(`voip-ready sip ask ${nonce} ${delay}`, MAC, secret, hash)
  return `${keyId} ${nonce} ${delay} ${proof} ${'0'.repeat(ROOM)}`
}

/** The seal header of a message; null where there is none, or one that is not in its form. */
export function readAsk(message: SipMessage): SipAskHeader | null {
  const value = message.headers.find(([name]) => name === SEAL_HEADER)?.[1] ?? ''
  const found = /^([\w.-]{1,32}) ([0-9a-f]{32}) (\d\d) ([0-9a-f]{32}) ([0-9a-f]{116})$/.exec(value)
  if (found === null) return null
  const [, keyId = '', nonce = '', delay = '', proof = '', room = ''] = found
  return { keyId, nonce, delaySeconds: Number(delay), proof, room }
}

/** Whether the asker holds the key. Compared in constant time. */
export function proofHolds(ask: SipAskHeader, secret: Uint8Array, hash: KeyedHash): boolean {
  const delay = String(ask.delaySeconds).padStart(2, '0')
  return same(ask.proof, digest(`voip-ready sip ask ${ask.nonce} ${delay}`, MAC, secret, hash))
}

/** The message to send back: as it came, with what was seen of it in its room. Same length. */
export function sealBack(
  bytes: Uint8Array,
  message: SipMessage,
  ask: SipAskHeader,
  seen: { readonly octets: Uint8Array; readonly port: number },
  secret: Uint8Array,
  hash: KeyedHash,
): Uint8Array {
  const fields = sipFields(message)
  const marks = SIP_FIELDS.map((field) => fieldMark(field, fields[field], ask.nonce, secret, hash))
  const told = `${hexOf(seen.octets, 16)}${seen.port.toString(16).padStart(4, '0')}${marks.join('')}`
  const seal = digest(`voip-ready sip seal ${ask.nonce} ${told}`, MAC, secret, hash)
  const at = textOf(bytes).indexOf(ask.proof) + ask.proof.length + 1
  const answer = bytes.slice()
  answer.set(octetsOf(`${told}${seal}`), at)
  return answer
}

export interface Rewrite {
  readonly field: SipField
  readonly leg: 'out' | 'back' | 'both' | 'there-and-back'
  readonly sent: string
  readonly returned: string
}

export interface Mirrored {
  /** Sixteen octets; IPv4 in the last four. */
  readonly seenOctets: readonly number[]
  readonly seenPort: number
  readonly rewritten: readonly Rewrite[]
}

/**
 * What happened to a message that came back: null where it bears no seal of this question, so that
 * nothing can be said of it.
 */
export function compareSip(
  sent: Uint8Array,
  returned: Uint8Array,
  secret: Uint8Array,
  hash: KeyedHash,
): Mirrored | null {
  const [before, after] = [decodeSip(sent), decodeSip(returned)]
  if (!before.ok || !after.ok) return null
  const [ask, answer] = [readAsk(before.value), readAsk(after.value)]
  if (ask === null || answer === null || ask.nonce !== answer.nonce) return null
  const told = answer.room.slice(0, -MAC)
  const seal = digest(`voip-ready sip seal ${ask.nonce} ${told}`, MAC, secret, hash)
  if (!same(answer.room.slice(-MAC), seal)) return null
  const marks = told.slice(36)
  const [from, to] = [sipFields(before.value), sipFields(after.value)]
  const rewritten = SIP_FIELDS.flatMap((field, at): Rewrite[] => {
    const came = marks.slice(at * DIGITS, (at + 1) * DIGITS)
    const out = came !== fieldMark(field, from[field], ask.nonce, secret, hash)
    const back = came !== fieldMark(field, to[field], ask.nonce, secret, hash)
    if (!out && !back) return []
    const undone = from[field] === to[field]
    const leg = out && back ? (undone ? 'there-and-back' : 'both') : out ? 'out' : 'back'
    return [{ field, leg, sent: from[field], returned: to[field] }]
  })
  const octets = (told.slice(0, 32).match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
  return { seenOctets: octets, seenPort: Number.parseInt(told.slice(32, 36), 16), rewritten }
}

function fieldMark(
  field: SipField,
  value: string,
  nonce: string,
  secret: Uint8Array,
  hash: KeyedHash,
): string {
  return digest(`voip-ready sip field ${nonce} ${field} ${value}`, DIGITS, secret, hash)
}

function digest(text: string, digits: number, secret: Uint8Array, hash: KeyedHash): string {
  return hexOf(hash(secret, octetsOf(text)), digits / 2)
}

function hexOf(bytes: Uint8Array, count: number): string {
  return Array.from({ length: count }, (_, i) =>
    (bytes[i] ?? 0).toString(16).padStart(2, '0'),
  ).join('')
}

function same(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
