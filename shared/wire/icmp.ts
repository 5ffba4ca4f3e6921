import type { Refusal } from '../errors.ts'
import { ok, type Result, refuse } from '../result.ts'
import { ipv4Text, ipv6Text } from './ip-text.ts'

/**
 * ICMP errors and what they quote of the datagram that caused them: RFC 792, RFC 1191 (next-hop MTU),
 * RFC 4443 for IPv6. Quotes may be cut anywhere from eight octets after the IP header on.
 *
 *  0 | type | code |  checksum, 16 bits  |
 *  4 | unused, or MTU: low 16 bits (RFC 1191), all 32 in ICMPv6 "packet too big" |
 *  8 | IP header of the datagram, then as much of it as the router gives          |
 */
export interface IcmpError {
  readonly kind: 'time-exceeded' | 'unreachable' | 'too-big'
  readonly type: number
  readonly code: number
  /** Next-hop MTU of a `too-big`; 0 where an old router names none. */
  readonly mtu: number
  readonly quoted: QuotedDatagram
}

/** What was quoted of a UDP datagram of ours, as the router held it when it gave up on it. */
export interface QuotedDatagram {
  readonly family: 4 | 6
  readonly source: string
  readonly destination: string
  /** Both addresses as octets, source first: what a UDP checksum is taken over. */
  readonly addresses: Uint8Array
  /** TOS byte or traffic class: the mark as it was on arrival at this router. */
  readonly tos: number
  /** TTL or hop limit that was left. */
  readonly ttl: number
  readonly sourcePort: number
  readonly destinationPort: number
  /** Length and checksum fields of its UDP header. */
  readonly udpLength: number
  readonly udpChecksum: number
  /** As much of the UDP payload as was quoted; may be empty. */
  readonly payload: Uint8Array
}

const ICMP_HEADER = 8
const UDP_HEADER = 8
const UDP = 17
const IPV6_HEADER = 40
/** Code of "administratively prohibited": 13 in ICMP (RFC 1812 section 5.2.7.1), 1 in ICMPv6. */
export const PROHIBITED = { 4: 13, 6: 1 } as const

/**
 * Reads a message of a raw IPv4 socket, its IP header included. Refuses what is no IPv4 or no ICMP
 * (`bad-version`, `bad-type`), is cut (`truncated`), has a wrong checksum (`bad-checksum`), is another
 * kind of message, or quotes no UDP datagram (`bad-value`).
 */
export function decodeIcmp4(packet: Uint8Array): Result<IcmpError, Refusal> {
  if (packet.length < 20) return refuse({ code: 'truncated', offset: packet.length })
  if (packet[0]! >> 4 !== 4) return refuse({ code: 'bad-version', offset: 0 })
  if (packet[9] !== 1) return refuse({ code: 'bad-type', offset: 9 })
  const start = (packet[0]! & 0x0f) * 4
  if (start < 20) return refuse({ code: 'bad-value', offset: 0 })
  const message = packet.subarray(start)
  if (message.length < ICMP_HEADER) return refuse({ code: 'truncated', offset: packet.length })
  if (internetChecksum(message) !== 0) return refuse({ code: 'bad-checksum', offset: start + 2 })
  const kind = kindOf4(message[0]!, message[1]!)
  if (kind === undefined) return refuse({ code: 'bad-type', offset: start })
  const mtu = kind === 'too-big' ? (message[6]! << 8) | message[7]! : 0
  return withQuote(kind, message, mtu, quoted4(message.subarray(ICMP_HEADER)), start + ICMP_HEADER)
}

/** Reads an ICMPv6 message (the kernel has checked its checksum, RFC 3542 section 3.1). */
export function decodeIcmp6(message: Uint8Array): Result<IcmpError, Refusal> {
  if (message.length < ICMP_HEADER) return refuse({ code: 'truncated', offset: message.length })
  const kind = kindOf6(message[0]!)
  if (kind === undefined) return refuse({ code: 'bad-type', offset: 0 })
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const mtu = kind === 'too-big' ? view.getUint32(4) : 0
  return withQuote(kind, message, mtu, quoted6(message.subarray(ICMP_HEADER)), ICMP_HEADER)
}

/** The kind of an error by its type and code; undefined for what is no error of a datagram's way. */
export function icmpKind(family: 4 | 6, type: number, code: number): IcmpError['kind'] | undefined {
  return family === 4 ? kindOf4(type, code) : kindOf6(type)
}

function kindOf6(type: number): IcmpError['kind'] | undefined {
  return ({ 1: 'unreachable', 2: 'too-big', 3: 'time-exceeded' } as const)[type]
}

function kindOf4(type: number, code: number): IcmpError['kind'] | undefined {
  if (type === 11) return code === 0 ? 'time-exceeded' : undefined
  if (type !== 3) return undefined
  return code === 4 ? 'too-big' : 'unreachable'
}

function withQuote(
  kind: IcmpError['kind'],
  message: Uint8Array,
  mtu: number,
  quoted: QuotedDatagram | Refusal,
  offset: number,
): Result<IcmpError, Refusal> {
  if ('offset' in quoted) return refuse({ ...quoted, offset: quoted.offset + offset })
  return ok({ kind, type: message[0]!, code: message[1]!, mtu, quoted })
}

function quoted4(bytes: Uint8Array): QuotedDatagram | Refusal {
  if (bytes.length < 20) return { code: 'truncated', offset: bytes.length }
  if (bytes[0]! >> 4 !== 4) return { code: 'bad-version', offset: 0 }
  if (bytes[9] !== UDP) return { code: 'bad-value', offset: 9 }
  const header = (bytes[0]! & 0x0f) * 4
  if (header < 20) return { code: 'bad-value', offset: 0 }
  const udp = udpOf(bytes, header)
  if ('offset' in udp) return udp
  const source = ipv4Text(bytes, 12)
  const destination = ipv4Text(bytes, 16)
  const addresses = bytes.slice(12, 20)
  return { family: 4, source, destination, addresses, tos: bytes[1]!, ttl: bytes[8]!, ...udp }
}

/** Without extension headers: our own datagrams have none. */
function quoted6(bytes: Uint8Array): QuotedDatagram | Refusal {
  if (bytes.length < IPV6_HEADER) return { code: 'truncated', offset: bytes.length }
  if (bytes[0]! >> 4 !== 6) return { code: 'bad-version', offset: 0 }
  if (bytes[6] !== UDP) return { code: 'bad-value', offset: 6 }
  const udp = udpOf(bytes, IPV6_HEADER)
  if ('offset' in udp) return udp
  const tos = ((bytes[0]! & 0x0f) << 4) | (bytes[1]! >> 4)
  const source = ipv6Text(bytes, 8)
  const destination = ipv6Text(bytes, 24)
  const addresses = bytes.slice(8, IPV6_HEADER)
  return { family: 6, source, destination, addresses, tos, ttl: bytes[7]!, ...udp }
}

type Udp = Pick<
  QuotedDatagram,
  'sourcePort' | 'destinationPort' | 'udpLength' | 'udpChecksum' | 'payload'
>

function udpOf(bytes: Uint8Array, at: number): Udp | Refusal {
  if (bytes.length < at + UDP_HEADER) return { code: 'truncated', offset: bytes.length }
  const word = (offset: number): number => (bytes[at + offset]! << 8) | bytes[at + offset + 1]!
  return {
    sourcePort: word(0),
    destinationPort: word(2),
    udpLength: word(4),
    udpChecksum: word(6),
    payload: bytes.slice(at + UDP_HEADER),
  }
}

/** One's complement sum (RFC 1071), complemented: 0 over bytes that hold their own right checksum. */
export function internetChecksum(bytes: Uint8Array, start = 0): number {
  let sum = start
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
