import { bindBeside } from '../bind-beside.ts'
import { bindFault } from '../system-error.ts'
import type { PortOptions } from '../types.ts'
import {
  AF_INET,
  IP_MTU_DISCOVER,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MTU_DISCOVER,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  PMTUDISC_PROBE,
  SK_MEMINFO_DROPS,
  SO_ERROR,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RXQ_OVFL,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_TIMESTAMPING,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCKADDR_BYTES,
  SOL_SOCKET,
  STAMPING_FLAGS,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { allocate } from './memory.ts'
import { type Endpoint, readSocketAddress, writeSocketAddress } from './socket-address.ts'

/** The kernel's default of 208 KB holds some 270 small datagrams: a stall of 3 ms at 100 kpps. */
const BUFFER_BYTES = 4 * 1024 * 1024

/** DSCP 46 in the TOS byte. */
const EXPEDITED_TOS = 184

export interface BoundSocket {
  readonly fd: number
  readonly local: Endpoint
  /** False where the kernel refused to stamp departures and arrivals. */
  readonly stamped: boolean
}

/**
 * Opens, marks and binds a UDP socket, in this order, so that no datagram can leave unmarked.
 * One family per socket (IPV6_V6ONLY): a wildcard port of each family can stand side by side.
 * Throws a Fault where the address or port cannot be had.
 */
export function openUdpSocket(libc: Libc, options: PortOptions): BoundSocket {
  const open = () => {
    const socket = openOnce(libc, options)
    return { ...socket, port: socket.local.port, close: () => libc.close(socket.fd) }
  }
  return bindBeside(options.avoid ?? [], open)
}

function openOnce(libc: Libc, options: PortOptions): BoundSocket {
  const name = allocate(libc, SOCKADDR_BYTES)
  const { address, port } = options
  const length = writeSocketAddress(libc, name.view, 0, address, port)
  const family = name.view.getUint16(0, true)
  const fd = libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
  if (fd < 0) throw bindFault(address, port, libc.errno())
  const stamped = configure(libc, fd, family, options)
  if (libc.bind(fd, name.address, length) !== 0) {
    const errno = libc.errno()
    libc.close(fd)
    throw bindFault(address, port, errno)
  }
  name.words[7] = SOCKADDR_BYTES - 4
  libc.getsockname(fd, name.address, name.address + 28)
  const local = readSocketAddress(libc, name.view, name.address, 0)
  return { fd, local, stamped }
}

function configure(libc: Libc, fd: number, family: number, options: PortOptions): boolean {
  const set = (level: number, option: number, value: number): boolean =>
    setIntOption(libc, fd, level, option, value)
  // The forced sizes need CAP_NET_ADMIN; the plain ones stop at the host's own limit.
  if (!set(SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)) set(SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES)
  if (!set(SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES)) set(SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES)
  set(SOL_SOCKET, SO_RXQ_OVFL, 1)
  if (family === AF_INET) {
    set(IPPROTO_IP, IP_TOS, options.tos)
    set(IPPROTO_IP, IP_RECVTOS, 1)
    set(IPPROTO_IP, IP_RECVTTL, 1)
    if (options.ttl !== undefined) set(IPPROTO_IP, IP_TTL, options.ttl)
    if (everyAddress(options.address)) set(IPPROTO_IP, IP_PKTINFO, 1)
  } else {
    set(IPPROTO_IPV6, IPV6_V6ONLY, 1)
    set(IPPROTO_IPV6, IPV6_TCLASS, options.tos)
    set(IPPROTO_IPV6, IPV6_RECVTCLASS, 1)
    set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)
    if (options.ttl !== undefined) set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, options.ttl)
    if (everyAddress(options.address)) set(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
  }
  if (options.dontFragment) discover(libc, fd, family)
  if (options.returned) {
    if (family === AF_INET) set(IPPROTO_IP, IP_RECVERR, 1)
    else set(IPPROTO_IPV6, IPV6_RECVERR, 1)
  }
  // Never IP_RECVERR on a port of calls: with it a returned ICMP error would fail the next send.
  return set(SOL_SOCKET, SO_TIMESTAMPING, STAMPING_FLAGS)
}

/** A port on every address of the host is told with each datagram which one it was sent to. */
function everyAddress(address: string): boolean {
  return /^[0.:]+$/.test(address)
}

function discover(libc: Libc, fd: number, family: number): void {
  if (family === AF_INET) setIntOption(libc, fd, IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE)
  else setIntOption(libc, fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE)
}

/** Asks a throw-away socket which options this kernel grants: errno values, 0 = granted. */
export function probeSocketOptions(libc: Libc): {
  readonly setTos: number
  readonly seeTos: number
  readonly seeTtl: number
  readonly stamps: number
} {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  const ask = (level: number, option: number, value: number): number =>
    setIntOption(libc, fd, level, option, value) ? 0 : libc.errno()
  const granted = {
    setTos: ask(IPPROTO_IP, IP_TOS, EXPEDITED_TOS),
    seeTos: ask(IPPROTO_IP, IP_RECVTOS, 1),
    seeTtl: ask(IPPROTO_IP, IP_RECVTTL, 1),
    stamps: ask(SOL_SOCKET, SO_TIMESTAMPING, STAMPING_FLAGS),
  }
  libc.close(fd)
  return granted
}

/** setsockopt with an int value; false where the kernel refuses. */
export function setIntOption(
  libc: Libc,
  fd: number,
  level: number,
  option: number,
  value: number,
): boolean {
  const memory = allocate(libc, 4)
  memory.words[0] = value
  return libc.setsockopt(fd, level, option, memory.address, 4) === 0
}

/** Takes the socket's pending error, which also clears POLLERR; 0 when there is none. */
export function takeSocketError(libc: Libc, fd: number): number {
  const memory = allocate(libc, 8)
  memory.words[1] = 4
  libc.getsockopt(fd, SOL_SOCKET, SO_ERROR, memory.address, memory.address + 4)
  return memory.words[0] ?? 0
}

/** Datagrams the kernel dropped at this socket since it was opened; -1 where it does not tell. */
export function readDrops(libc: Libc, fd: number): number {
  const memory = allocate(libc, 64)
  memory.words[15] = 36
  const at = memory.address
  if (libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, at, at + 60) !== 0) return -1
  return memory.words[SK_MEMINFO_DROPS] ?? -1
}
