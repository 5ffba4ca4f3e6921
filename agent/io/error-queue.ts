import {
  AF_INET,
  AF_INET6,
  CMSG_HEADER_BYTES,
  CMSG_LEVEL,
  CMSG_TYPE,
  IOV_LEN,
  IOVEC_BYTES,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  MMSGHDR_BYTES,
  MSG_CONTROL,
  MSG_CONTROLLEN,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_IOV,
  MSG_IOVLEN,
  MSG_NAME,
  MSG_NAMELEN,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOCKADDR_BYTES,
} from '../engine/linux/layouts.ts'
import { type Libc, loadLibc } from '../engine/linux/libc.ts'
import { type Arena, allocate, writePointer } from '../engine/linux/memory.ts'
import { readSocketAddress, writeSocketAddress } from '../engine/linux/socket-address.ts'
import { ERRNO } from '../engine/system-error.ts'

/** An ICMP destination unreachable that ended a socket's attempt (RFC 792, RFC 4443). */
export interface IcmpCause {
  readonly version: 4 | 6
  readonly type: number
  readonly code: number
  /** Who sent it. */
  readonly from: string
}

/**
 * A socket that keeps the ICMP errors it gets (IP_RECVERR; no privilege is needed). Node opens `fd`
 * as its own; `cause` may be asked even after Node has closed it, until `release`.
 */
export interface WatchedSocket {
  readonly fd: number
  cause(): IcmpCause | null
  release(): void
}

const ORIGIN_ICMP = 2
const ORIGIN_ICMP6 = 3
const CONTROL_BYTES = 512
const DATA_BYTES = 256

/**
 * Opens such a socket; null where this platform has none (then only Node's error code is known).
 * @param local literal address to bind to, where the route's own is not wanted
 */
export function watchedSocket(
  kind: 'tcp' | 'udp',
  address: string,
  local?: string,
): WatchedSocket | null {
  const libc = libcOrNull()
  if (libc === null) return null
  const six = address.includes(':')
  const type = (kind === 'tcp' ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK
  const fd = libc.socket(six ? AF_INET6 : AF_INET, type, 0)
  if (fd < 0) return null
  const one = allocate(libc, 4)
  one.words[0] = 1
  const [level, name] = six ? [IPPROTO_IPV6, IPV6_RECVERR] : [IPPROTO_IP, IP_RECVERR]
  libc.setsockopt(fd, level, name, one.address, 4)
  // Node closes its own descriptor before it tells of the error; the copy keeps the queue readable.
  const copy = bound(libc, fd, local) ? libc.dup(fd) : -1
  if (copy < 0) {
    libc.close(fd)
    return null
  }
  let open = true
  return {
    fd,
    cause: () => (open ? readQueue(libc, copy) : null),
    release: () => {
      if (open) libc.close(copy)
      open = false
    },
  }
}

let absent = false

function libcOrNull(): Libc | null {
  if (absent) return null
  try {
    return loadLibc()
  } catch {
    absent = true
    return null
  }
}

function bound(libc: Libc, fd: number, local: string | undefined): boolean {
  if (local === undefined) return true
  const name = allocate(libc, SOCKADDR_BYTES)
  const length = writeSocketAddress(libc, name.view, 0, local, 0)
  return libc.bind(fd, name.address, length) === 0
}

/**
 * The newest ICMP error in the socket's error queue. Control data holds a cmsghdr and then struct
 * sock_extended_err: errno u32 | origin u8 | type u8 | code u8 | pad | info u32 | data u32, followed
 * by the socket address of who sent it.
 */
function readQueue(libc: Libc, fd: number): IcmpCause | null {
  const header = allocate(libc, MMSGHDR_BYTES)
  const iovec = allocate(libc, IOVEC_BYTES)
  const name = allocate(libc, SOCKADDR_BYTES)
  const data = allocate(libc, DATA_BYTES)
  const control = allocate(libc, CONTROL_BYTES)
  let found: IcmpCause | null = null
  for (let turn = 0; turn < 8; turn++) {
    writePointer(iovec.words, 0, data.address)
    iovec.words[IOV_LEN] = DATA_BYTES
    writePointer(header.words, MSG_NAME, name.address)
    header.words[MSG_NAMELEN] = SOCKADDR_BYTES
    writePointer(header.words, MSG_IOV, iovec.address)
    header.words[MSG_IOVLEN] = 1
    writePointer(header.words, MSG_CONTROL, control.address)
    header.words[MSG_CONTROLLEN] = CONTROL_BYTES
    if (libc.recvmmsg(fd, header.address, 1, MSG_ERRQUEUE | MSG_DONTWAIT, 0) < 1) break
    found = readCause(libc, control, header.words[MSG_CONTROLLEN] ?? 0) ?? found
  }
  return found
}

function readCause(libc: Libc, control: Arena, length: number): IcmpCause | null {
  const level = control.words[CMSG_LEVEL]
  const type = control.words[CMSG_TYPE]
  const known =
    (level === IPPROTO_IP && type === IP_RECVERR) ||
    (level === IPPROTO_IPV6 && type === IPV6_RECVERR)
  if (!known || length < CMSG_HEADER_BYTES + 16) return null
  const origin = control.bytes[CMSG_HEADER_BYTES + 4]
  if (origin !== ORIGIN_ICMP && origin !== ORIGIN_ICMP6) return null
  const at = CMSG_HEADER_BYTES + 16
  const hasSender = length > at && control.view.getUint16(at, true) !== 0
  return {
    version: origin === ORIGIN_ICMP ? 4 : 6,
    type: control.bytes[CMSG_HEADER_BYTES + 5] ?? 0,
    code: control.bytes[CMSG_HEADER_BYTES + 6] ?? 0,
    from: hasSender ? readSocketAddress(libc, control.view, control.address, at).address : '?',
  }
}

/** Errno names that speak of this host, not of the network. */
export function isLocalTrouble(code: string | undefined): boolean {
  const local: readonly string[] = ['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL', 'EADDRINUSE']
  return code === undefined || local.includes(code) || !(code in ERRNO)
}
