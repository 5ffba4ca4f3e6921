/**
 * The few fields of an IP packet that the router reads and rewrites, in place (RFC 791, RFC 8200,
 * RFC 768, RFC 3550). One object is filled again and again: nothing is allocated per packet.
 */
export interface PacketFacts {
  version: 4 | 6
  /** False for what a router must not pass on: malformed, link-local, multicast. */
  passable: boolean
  headerBytes: number
  length: number
  tos: number
  ttl: number
  protocol: number
  /** 0 where there is none, as in ICMP and in later fragments. */
  sourcePort: number
  destinationPort: number
  isRtp: boolean
  sequence: number
  ssrc: number
}

export const UDP = 17
export const TCP = 6
export const ICMP = 1
export const ICMPV6 = 58

export function emptyFacts(): PacketFacts {
  return {
    version: 4,
    passable: false,
    headerBytes: 20,
    length: 0,
    tos: 0,
    ttl: 0,
    protocol: 0,
    sourcePort: 0,
    destinationPort: 0,
    isRtp: false,
    sequence: 0,
    ssrc: 0,
  }
}

/** Reads `length` bytes of IP packet at `at` into `facts`. */
export function readFacts(bytes: Uint8Array, at: number, length: number, facts: PacketFacts): void {
  facts.length = length
  facts.passable = false
  facts.sourcePort = 0
  facts.destinationPort = 0
  facts.isRtp = false
  facts.sequence = 0
  facts.ssrc = 0
  const version = length > 0 ? bytes[at]! >> 4 : 0
  if (version === 4 && length >= 20) readIpv4(bytes, at, facts)
  else if (version === 6 && length >= 40) readIpv6(bytes, at, facts)
}

function readIpv4(bytes: Uint8Array, at: number, facts: PacketFacts): void {
  facts.version = 4
  facts.headerBytes = (bytes[at]! & 15) * 4
  facts.tos = bytes[at + 1]!
  facts.ttl = bytes[at + 8]!
  facts.protocol = bytes[at + 9]!
  // 224.0.0.0/4 and above: multicast and limited broadcast.
  facts.passable = facts.headerBytes >= 20 && bytes[at + 16]! < 224
  const laterFragment = (u16(bytes, at + 6) & 0x1fff) !== 0
  if (!laterFragment) readPorts(bytes, at + facts.headerBytes, facts)
}

function readIpv6(bytes: Uint8Array, at: number, facts: PacketFacts): void {
  facts.version = 6
  facts.headerBytes = 40
  facts.tos = ((bytes[at]! & 15) << 4) | (bytes[at + 1]! >> 4)
  facts.ttl = bytes[at + 7]!
  facts.protocol = bytes[at + 6]!
  facts.passable = !isLinkScope(bytes, at + 8) && !isLinkScope(bytes, at + 24)
  readPorts(bytes, at + 40, facts)
}

/** ff00::/8, fe80::/10 and the unspecified address stay on their link. */
function isLinkScope(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at]!
  if (first === 0xff) return true
  if (first === 0xfe) return (bytes[at + 1]! & 0xc0) === 0x80
  if (first !== 0) return false
  for (let i = 1; i < 16; i++) if (bytes[at + i] !== 0) return false
  return true
}

function readPorts(bytes: Uint8Array, at: number, facts: PacketFacts): void {
  if (facts.protocol !== UDP && facts.protocol !== TCP) return
  if (facts.length < facts.headerBytes + 8) return
  facts.sourcePort = u16(bytes, at)
  facts.destinationPort = u16(bytes, at + 2)
  if (facts.protocol === UDP && facts.length >= facts.headerBytes + 20)
    readRtp(bytes, at + 8, facts)
}

function readRtp(bytes: Uint8Array, at: number, facts: PacketFacts): void {
  const payloadType = bytes[at + 1]! & 0x7f
  const voice = payloadType === 0 || payloadType === 8 || payloadType === 18
  if (bytes[at]! >> 6 !== 2 || !voice) return
  facts.isRtp = true
  facts.sequence = u16(bytes, at + 2)
  facts.ssrc = ((u16(bytes, at + 8) << 16) | u16(bytes, at + 10)) >>> 0
}

/** Takes one from TTL or hop limit and writes the TOS, with the IPv4 header checksum mended. */
export function rewrite(bytes: Uint8Array, at: number, ttl: number, tos: number): void {
  if (bytes[at]! >> 4 === 6) {
    bytes[at] = 0x60 | (tos >> 4)
    bytes[at + 1] = ((tos & 15) << 4) | (bytes[at + 1]! & 15)
    bytes[at + 7] = ttl
    return
  }
  bytes[at + 1] = tos
  bytes[at + 8] = ttl
  bytes[at + 10] = 0
  bytes[at + 11] = 0
  put16(bytes, at + 10, checksum(bytes, at, (bytes[at]! & 15) * 4, 0))
}

/** Internet checksum (RFC 1071) of `length` bytes, started from the partial sum `start`. */
export function checksum(bytes: Uint8Array, at: number, length: number, start: number): number {
  let sum = start
  for (let i = 0; i + 1 < length; i += 2) sum += u16(bytes, at + i)
  if (length % 2 === 1) sum += bytes[at + length - 1]! << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value & 255
}
