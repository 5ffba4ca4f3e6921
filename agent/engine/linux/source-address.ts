import {
  AF_INET,
  AF_INET6,
  CMSG_DATA,
  CMSG_HEADER_BYTES,
  CMSG_LEVEL,
  CMSG_TYPE,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_PKTINFO,
  SOCKADDR_BYTES,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { type Arena, allocate } from './memory.ts'
import { readSocketAddress, writeSocketAddress } from './socket-address.ts'

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
 * The interface stays 0, so that the way is the routes' choice; only a link-local address needs its own.
 */
export function sourceOf(libc: Libc, local: string): Source {
  const name = allocate(libc, SOCKADDR_BYTES)
  writeSocketAddress(libc, name.view, 0, local, 0)
  const six = name.view.getUint16(0, true) === AF_INET6
  const length = CMSG_HEADER_BYTES + (six ? 20 : 12)
  const control = allocate(libc, length)
  const { words } = control
  words[0] = length
  words[CMSG_LEVEL] = six ? IPPROTO_IPV6 : IPPROTO_IP
  words[CMSG_TYPE] = six ? IPV6_PKTINFO : IP_PKTINFO
  if (six) words.set(name.words.subarray(2, 7), CMSG_DATA)
  else words[CMSG_DATA + 1] = name.words[1] ?? 0
  return { control, bytes: Math.ceil(length / 8) * 8 }
}

/** The own address that stands at word `at` of what the kernel told of a datagram. */
export function ownAddress(libc: Libc, six: boolean, told: Uint32Array, at: number): string {
  const name = allocate(libc, SOCKADDR_BYTES)
  name.view.setUint16(0, six ? AF_INET6 : AF_INET, true)
  name.words.set(told.subarray(at, at + (six ? 4 : 1)), six ? 2 : 1)
  const linkLocal = six && (name.view.getUint16(8) & 0xffc0) === 0xfe80
  if (linkLocal) name.words[6] = told[at + 4] ?? 0
  return readSocketAddress(libc, name.view, name.address, 0).address
}
