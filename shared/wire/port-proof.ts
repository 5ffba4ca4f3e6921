import type { Refusal } from '../errors.ts'
import { ok, type Result, refuse } from '../result.ts'
import { type KeyedHash, MAC_BYTES } from './control.ts'
import { ascii, type Field, hex, layout, u8, u16 } from './fields.ts'

/**
 * The proof that a port was reached, the same over TCP and UDP and on both legs: who opens the
 * connection sends a question, who holds the port answers it, both sealed under the access key.
 *
 *  0 | 'V'   | 'P'   | 1     | kind: 1 question, 2 answer |
 *  4 | key id, 32 octets of ASCII, zero padded            |
 * 36 | run, 64: all questions of one test                 |
 * 44 | attempt, 64: this question alone                   |
 * 52 | protocol: 6 TCP, 17 UDP | leg: 1 out, 2 back | port, 16: the one it was sent to; in the answer the one it came to |
 * 56 | who, 64: zero in a question; the answering process's own name in the answer |
 * 64 | HMAC-SHA-256 over all octets before it, first 16 octets |
 *
 * Both are 80 octets, so nothing is amplified. An answer to another nonce, port, protocol or leg, or
 * of another process, proves nothing.
 */
export const PROOF_BYTES = 64 + MAC_BYTES

export interface PortProof {
  readonly kind: 'question' | 'answer'
  readonly keyId: string
  /** Hexadecimal, eight octets each. */
  readonly run: string
  readonly attempt: string
  readonly proto: 'tcp' | 'udp'
  readonly leg: 'out' | 'back'
  readonly port: number
  readonly who: string
}

export const NOBODY = '0'.repeat(16)

interface Octets {
  readonly kind: number
  readonly keyId: string
  readonly run: string
  readonly attempt: string
  readonly proto: number
  readonly leg: number
  readonly port: number
  readonly who: string
}

const FIELDS: Field<Octets> = layout({
  kind: u8,
  keyId: ascii(32),
  run: hex(8),
  attempt: hex(8),
  proto: u8,
  leg: u8,
  port: u16,
  who: hex(8),
})
const MAGIC = [0x56, 0x50, 1]
const KINDS = { question: 1, answer: 2 } as const
const PROTOS = { tcp: 6, udp: 17 } as const
const LEGS = { out: 1, back: 2 } as const

/** Builds and seals one question or answer. */
export function encodeProof(proof: PortProof, secret: Uint8Array, hash: KeyedHash): Uint8Array {
  const bytes = new Uint8Array(PROOF_BYTES)
  bytes.set(MAGIC)
  const { kind, proto, leg } = proof
  const octets = { ...proof, kind: KINDS[kind], proto: PROTOS[proto], leg: LEGS[leg] }
  FIELDS.write(new DataView(bytes.buffer), MAGIC.length, octets)
  const at = PROOF_BYTES - MAC_BYTES
  bytes.set(hash(secret, bytes.subarray(0, at)).subarray(0, MAC_BYTES), at)
  return bytes
}

/** Reads a proof without trusting it: {@link proofIsSealed} says whether its key's holder wrote it. */
export function decodeProof(bytes: Uint8Array): Result<PortProof, Refusal> {
  if (bytes.length < PROOF_BYTES) return refuse({ code: 'truncated', offset: bytes.length })
  if (bytes.length > PROOF_BYTES) return refuse({ code: 'oversized', offset: PROOF_BYTES })
  for (const [offset, octet] of MAGIC.entries())
    if (bytes[offset] !== octet) return refuse({ code: 'bad-version', offset })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const octets = FIELDS.read(view, MAGIC.length)
  const kind = keyFor(KINDS, octets.kind)
  const proto = keyFor(PROTOS, octets.proto)
  const leg = keyFor(LEGS, octets.leg)
  if (kind === undefined) return refuse({ code: 'bad-type', offset: 3 })
  if (proto === undefined || leg === undefined) return refuse({ code: 'bad-value', offset: 52 })
  return ok({ ...octets, kind, proto, leg })
}

/** Whether the digest is that of the secret's holder; compared in constant time. */
export function proofIsSealed(bytes: Uint8Array, secret: Uint8Array, hash: KeyedHash): boolean {
  const at = PROOF_BYTES - MAC_BYTES
  const digest = hash(secret, bytes.subarray(0, at))
  let difference = 0
  for (let i = 0; i < MAC_BYTES; i++) difference |= digest[i]! ^ bytes[at + i]!
  return bytes.length === PROOF_BYTES && difference === 0
}

function keyFor<K extends string>(table: { readonly [N in K]: number }, code: number) {
  return (Object.keys(table) as K[]).find((name) => table[name] === code)
}
