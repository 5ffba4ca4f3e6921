import { isIPv4 } from 'node:net'
import { addressOctets, ipv4Text, ipv6Text } from '../../shared/wire/ip-text.ts'

/** Octets of an IPv6 address that a network is given by: whoever has one of its addresses has all. */
const NETWORK_OCTETS = 8
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/**
 * Who asks, as limits count it: an IPv4 address, written in one way; of IPv6 the /64 (RFC 4291 section
 * 2.5.4), for anybody changes his address within it at will. What is no address is taken as it stands.
 */
export function sourceOf(address: string): string {
  // Almost all of them, with each record: written in one way already.
  if (isIPv4(address)) return address
  const octets = addressOctets(address)
  if (octets === null) return address.slice(0, 64)
  if (MAPPED.every((octet, at) => octets[at] === octet)) return ipv4Text(octets, MAPPED.length)
  const network = new Uint8Array(octets.length)
  network.set(octets.subarray(0, NETWORK_OCTETS))
  return `${ipv6Text(network, 0)}/64`
}
