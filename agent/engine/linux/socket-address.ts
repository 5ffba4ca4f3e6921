import { isIP } from 'node:net'
import { Fault } from '../../../shared/errors.ts'
import { AF_INET, AF_INET6, SOCKADDR_IN_BYTES, SOCKADDR_IN6_BYTES } from './layouts.ts'
import type { Libc } from './libc.ts'
import { allocate } from './memory.ts'

/**
 * Socket addresses as the kernel lays them out.
 *
 *   sockaddr_in   0 family u16 | 2 port u16 big endian | 4 address 4 bytes
 *   sockaddr_in6  0 family u16 | 2 port u16 big endian | 4 flow u32 | 8 address 16 bytes | 24 scope u32
 */
export interface Endpoint {
  readonly address: string
  readonly port: number
  readonly family: 4 | 6
}

/**
 * Writes `address` (literal, IPv6 with an optional %interface) and `port` at `at`; returns the
 * length in bytes. Throws a Fault on a name, a malformed literal, a port out of range, or an
 * interface that does not exist.
 */
export function writeSocketAddress(
  libc: Libc,
  view: DataView,
  at: number,
  address: string,
  port: number,
): number {
  const [literal = '', zone] = address.split('%', 2)
  const family = isIP(literal)
  if (family === 0) {
    throw new Fault('CONFIG_VALUE', 'address', 'an IPv4 or IPv6 literal', address)
  }
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Fault('CONFIG_VALUE', `port of ${address}`, '0 to 65535', port)
  }
  const six = family === 6
  const parsed = allocate(libc, 16)
  libc.inetPton(six ? AF_INET6 : AF_INET, literal, parsed.address)
  view.setUint16(at, six ? AF_INET6 : AF_INET, true)
  view.setUint16(at + 2, port)
  for (let i = 0; i < (six ? 16 : 4); i++) {
    view.setUint8(at + (six ? 8 : 4) + i, parsed.bytes[i] ?? 0)
  }
  if (!six) return SOCKADDR_IN_BYTES
  view.setUint32(at + 4, 0)
  view.setUint32(at + 24, zone === undefined ? 0 : scopeOf(libc, zone), true)
  return SOCKADDR_IN6_BYTES
}

/** Reads what {@link writeSocketAddress} or the kernel wrote at `at` of an arena at `base`. */
export function readSocketAddress(libc: Libc, view: DataView, base: number, at: number): Endpoint {
  const six = view.getUint16(at, true) === AF_INET6
  const text = allocate(libc, 64)
  libc.inetNtop(six ? AF_INET6 : AF_INET, base + at + (six ? 8 : 4), text.address, 64)
  const literal = readString(text.bytes)
  const scope = six ? view.getUint32(at + 24, true) : 0
  return {
    address: scope === 0 ? literal : `${literal}%${zoneOf(libc, scope)}`,
    port: view.getUint16(at + 2),
    family: six ? 6 : 4,
  }
}

function scopeOf(libc: Libc, zone: string): number {
  const index = /^\d+$/.test(zone) ? Number(zone) : libc.ifNametoindex(zone)
  if (index === 0) {
    throw new Fault('CONFIG_VALUE', 'address', 'an interface of this host', zone)
  }
  return index
}

function zoneOf(libc: Libc, scope: number): string {
  const name = allocate(libc, 64)
  return libc.ifIndextoname(scope, name.address) === 0 ? String(scope) : readString(name.bytes)
}

function readString(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('latin1')
}
