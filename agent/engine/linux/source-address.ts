import {
  CMSG_DATA,
  CMSG_HEADER_BYTES,
  CMSG_LEVEL,
  CMSG_TYPE,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_PKTINFO,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { type Arena, allocate } from './memory.ts'

/** Control data that makes a datagram leave from one of several own addresses. */
export interface Source {
  readonly control: Arena
  readonly bytes: number
}

/**
 * A host with several addresses answers from the one that it was asked at: who asked listens to no
 * other, and firewalls and NAT pass no other.
 *
 *   in_pktinfo    0 interface u32 | 4 source, 4 bytes | 8 address, 4 bytes
 *   in6_pktinfo   0 source, 16 bytes | 16 interface u32
 *
 * `received` holds the address at word `at`, as the kernel told it. The interface stays 0, so that
 * the way is the routes' choice; an IPv6 link-local address means nothing without its own.
 */
export function sourceOf(libc: Libc, six: boolean, received: Uint32Array, at: number): Source {
  const length = CMSG_HEADER_BYTES + (six ? 20 : 12)
  const control = allocate(libc, length)
  const { words, bytes } = control
  words[0] = length
  words[CMSG_LEVEL] = six ? IPPROTO_IPV6 : IPPROTO_IP
  words[CMSG_TYPE] = six ? IPV6_PKTINFO : IP_PKTINFO
  const first = six ? CMSG_DATA : CMSG_DATA + 1
  for (let i = 0; i < (six ? 4 : 1); i++) words[first + i] = received[at + i] ?? 0
  const start = first * 4
  const linkLocal = six && bytes[start] === 0xfe && ((bytes[start + 1] ?? 0) & 0xc0) === 0x80
  if (linkLocal) words[first + 4] = received[at + 4] ?? 0
  return { control, bytes: Math.ceil(length / 8) * 8 }
}
