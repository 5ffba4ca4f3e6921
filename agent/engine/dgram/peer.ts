import { isIP } from 'node:net'
import { Fault } from '../../../shared/errors.ts'
import type { Peer } from '../types.ts'

/**
 * Checks a far end's literal address (IPv6 with an optional %interface) and port for a socket of
 * `family`; throws a Fault on anything else.
 */
export function makePeer(family: 4 | 6, address: string, port: number): Peer {
  const found = isIP(address.split('%', 1)[0] ?? '')
  if (found !== family)
    throw new Fault('CONFIG_VALUE', 'address', `an IPv${family} literal`, address)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Fault('CONFIG_VALUE', `port of ${address}`, '0 to 65535', port)
  return { address, port }
}

/** 4 or 6 of a literal; throws a Fault on a name or a malformed literal. */
export function familyOf(address: string): 4 | 6 {
  const family = isIP(address.split('%', 1)[0] ?? '')
  if (family === 4 || family === 6) return family
  throw new Fault('CONFIG_VALUE', 'address', 'an IPv4 or IPv6 literal', address)
}
