import { checksum, ICMP, ICMPV6, type PacketFacts, put16 } from './packet.ts'

export type IcmpError = 'time-exceeded' | 'too-big'

/** RFC 792 and RFC 1191 for IPv4, RFC 4443 for IPv6: type and code. */
const TYPES = {
  4: { 'time-exceeded': [11, 0], 'too-big': [3, 4] },
  6: { 'time-exceeded': [3, 0], 'too-big': [2, 0] },
} as const

/** An error may not answer an error (RFC 1122 3.2.2); these are the types that ask something. */
const ICMP_QUESTIONS = { 4: [8, 13], 6: [128, 129] } as const

/**
 * The ICMP error a router returns for the packet at `at`, quoting as much of it as fits 576
 * (IPv4) or 1280 bytes (IPv6) with the TTL and TOS as they arrived. Undefined where none may be
 * sent. `from` is the router's own address (4 or 16 bytes), `mtu` only for `too-big`.
 */
export function icmpError(
  kind: IcmpError,
  packet: Uint8Array,
  at: number,
  facts: PacketFacts,
  from: Uint8Array,
  mtu = 0,
): Uint8Array | undefined {
  if (!mayAnswer(packet, at, facts)) return undefined
  const headerBytes = facts.version === 4 ? 20 : 40
  const quoted = Math.min(facts.length, (facts.version === 4 ? 576 : 1280) - headerBytes - 8)
  const reply = new Uint8Array(headerBytes + 8 + quoted)
  const [type, code] = TYPES[facts.version][kind]
  reply[headerBytes] = type
  reply[headerBytes + 1] = code
  if (facts.version === 6) put16(reply, headerBytes + 4, mtu >>> 16)
  put16(reply, headerBytes + 6, mtu & 0xffff)
  reply.set(packet.subarray(at, at + quoted), headerBytes + 8)
  // Network control, with the ECN-free part of the question's TOS, as Linux routers answer.
  const tos = 0xc0 | (facts.tos & 0x1e)
  if (facts.version === 4) wrapIpv4(reply, from, packet.subarray(at + 12, at + 16), tos)
  else wrapIpv6(reply, from, packet.subarray(at + 8, at + 24), tos)
  return reply
}

function mayAnswer(packet: Uint8Array, at: number, facts: PacketFacts): boolean {
  if (facts.protocol !== ICMP && facts.protocol !== ICMPV6) return true
  const questions: readonly number[] = ICMP_QUESTIONS[facts.version]
  return questions.includes(packet[at + facts.headerBytes]!)
}

function wrapIpv4(reply: Uint8Array, from: Uint8Array, to: Uint8Array, tos: number): void {
  put16(reply, 22, checksum(reply, 20, reply.length - 20, 0))
  reply[0] = 0x45
  reply[1] = tos
  put16(reply, 2, reply.length)
  reply[8] = 64
  reply[9] = ICMP
  reply.set(from, 12)
  reply.set(to, 16)
  put16(reply, 10, checksum(reply, 0, 20, 0))
}

function wrapIpv6(reply: Uint8Array, from: Uint8Array, to: Uint8Array, tos: number): void {
  const length = reply.length - 40
  reply[0] = 0x60 | (tos >> 4)
  reply[1] = (tos & 15) << 4
  put16(reply, 4, length)
  reply[6] = ICMPV6
  reply[7] = 64
  reply.set(from, 8)
  reply.set(to, 24)
  // RFC 8200 8.1: the pseudo-header's addresses, length and next header are summed first.
  let pseudo = length + ICMPV6
  for (let i = 8; i < 40; i += 2) pseudo += (reply[i]! << 8) | reply[i + 1]!
  put16(reply, 42, checksum(reply, 40, length, pseudo))
}
