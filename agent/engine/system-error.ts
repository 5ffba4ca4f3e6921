import { constants } from 'node:os'
import { getSystemErrorMap, getSystemErrorName } from 'node:util'
import { Fault } from '../../shared/errors.ts'

export const ERRNO = constants.errno

/** `EADDRINUSE (address already in use)` for an errno value. */
export function describeErrno(errno: number): string {
  const known = getSystemErrorMap().get(-errno)
  return known === undefined ? `errno ${errno}` : `${getSystemErrorName(-errno)} (${known[1]})`
}

/** The Fault for a local address that could not be bound; `errno` is the positive errno. */
export function bindFault(address: string, port: number, errno: number): Fault {
  const where = `UDP ${address} port ${port}`
  const found = describeErrno(errno)
  switch (errno) {
    case ERRNO.EADDRINUSE:
      return new Fault('PORT_IN_USE', where, 'a free port', found)
    case ERRNO.EACCES:
    case ERRNO.EPERM:
      return new Fault(
        'NOT_PERMITTED',
        where,
        'permission to bind it',
        found,
        'choose a port above 1023, or grant CAP_NET_BIND_SERVICE',
      )
    case ERRNO.EADDRNOTAVAIL:
      return new Fault(
        'UNREACHABLE',
        where,
        'an address of this host',
        found,
        'name an address that `ip address` shows, or a wildcard address',
      )
    case ERRNO.EAFNOSUPPORT:
      return new Fault(
        'UNREACHABLE',
        where,
        'this address family on this host',
        found,
        'enable IPv6 on this host, or use an IPv4 address',
      )
    default:
      return new Fault('ENGINE', where, 'a bound UDP socket', found)
  }
}
