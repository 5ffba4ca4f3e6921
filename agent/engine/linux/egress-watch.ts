import type { EgressWatch } from '../types.ts'
import {
  AF_INET6,
  AF_PACKET,
  MSG_DONTWAIT,
  SO_ATTACH_FILTER,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { type Arena, allocate, writePointer } from './memory.ts'

const ETH_P_ALL = 0x0003
const PACKET_OUTGOING = 4
const IPPROTO_UDP = 17
/** Ancillary load: the packet type, as the kernel's filter machine names it. */
const SKF_AD_PKTTYPE = 0xffff_f004
/** Enough of the header for the version and the mark. */
const KEPT_BYTES = 8
/** Packets looked at per call. */
const MAX_READ = 64

/** 0 where departing packets can be watched here, else the errno that says why not. */
export function probeEgress(libc: Libc): number {
  const fd = openUnbound(libc)
  if (fd < 0) return libc.errno()
  libc.close(fd)
  return 0
}

/**
 * Watches own UDP packets leave from `fromPort` to `to` (a socket address in memory) on whatever
 * interface: a packet socket sees a packet after all marking and queueing rules, as it is handed
 * to the driver. The filter runs in the kernel, so only these packets reach the process. Needs
 * CAP_NET_RAW: null without it. Keep it open briefly; while any such socket is open the kernel
 * looks at every departing packet of the host.
 */
export function watchEgress(libc: Libc, fromPort: number, to: Arena): EgressWatch | null {
  const fd = openUnbound(libc)
  if (fd < 0) return null
  if (!attachFilter(libc, fd, filterFor(fromPort, to)) || !bindToAll(libc, fd)) {
    libc.close(fd)
    return null
  }
  const packet = allocate(libc, KEPT_BYTES)
  let open = true
  return {
    takeTos: () => (open ? newestTos(libc, fd, packet) : null),
    close: () => {
      if (open) libc.close(fd)
      open = false
    },
  }
}

function newestTos(libc: Libc, fd: number, packet: Arena): number | null {
  let tos: number | null = null
  for (let i = 0; i < MAX_READ; i++) {
    const got = libc.recv(fd, packet.address, KEPT_BYTES, MSG_DONTWAIT)
    if (got < 2) break
    const first = packet.bytes[0] ?? 0
    const second = packet.bytes[1] ?? 0
    tos = first >>> 4 === 6 ? ((first & 0x0f) << 4) | (second >>> 4) : second
  }
  return tos
}

/** Protocol 0: nothing is delivered until the filter is attached and the socket bound. */
function openUnbound(libc: Libc): number {
  return libc.socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
}

/** sockaddr_ll: family u16, protocol u16 big endian, interface 0 (all), rest zero; 20 bytes. */
function bindToAll(libc: Libc, fd: number): boolean {
  const name = allocate(libc, 20)
  name.view.setUint16(0, AF_PACKET, true)
  // Only taps for all protocols are shown departing packets.
  name.view.setUint16(2, ETH_P_ALL)
  return libc.bind(fd, name.address, 20) === 0
}

/** One condition of the filter: load, then the value it must have. */
interface Condition {
  readonly load: readonly [code: number, k: number]
  readonly mask?: number
  readonly equals: number
}

const LD_WORD = 0x20
const LD_HALF = 0x28
const LD_BYTE = 0x30
const LDX_IP_HEADER = 0xb1
const LD_HALF_INDEXED = 0x48
const AND = 0x54
const JUMP_EQUAL = 0x15
const RETURN = 0x06

/** Conditions on the packet from its IP header on (RFC 791, RFC 8200 without extension headers). */
function filterFor(fromPort: number, to: Arena): readonly Condition[] {
  const { view } = to
  const toPort = view.getUint16(2)
  const outgoing = { load: [LD_BYTE, SKF_AD_PKTTYPE], equals: PACKET_OUTGOING } as const
  const version = (equals: number): Condition => ({ load: [LD_BYTE, 0], mask: 0xf0, equals })
  if (view.getUint16(0, true) === AF_INET6) {
    return [
      outgoing,
      version(0x60),
      { load: [LD_BYTE, 6], equals: IPPROTO_UDP },
      ...[0, 4, 8, 12].map(
        (i): Condition => ({ load: [LD_WORD, 24 + i], equals: view.getUint32(8 + i) }),
      ),
      { load: [LD_HALF, 40], equals: fromPort },
      { load: [LD_HALF, 42], equals: toPort },
    ]
  }
  return [
    outgoing,
    version(0x40),
    { load: [LD_BYTE, 9], equals: IPPROTO_UDP },
    { load: [LD_WORD, 16], equals: view.getUint32(4) },
    { load: [LD_HALF_INDEXED, 0], equals: fromPort },
    { load: [LD_HALF_INDEXED, 2], equals: toPort },
  ]
}

/** sock_filter: code u16, jump-true u8, jump-false u8, k u32; sock_fprog: length u16, pointer @8. */
function attachFilter(libc: Libc, fd: number, conditions: readonly Condition[]): boolean {
  const program: [code: number, test: boolean, k: number][] = [[LDX_IP_HEADER, false, 0]]
  for (const { load, mask, equals } of conditions) {
    program.push([load[0], false, load[1]])
    if (mask !== undefined) program.push([AND, false, mask])
    program.push([JUMP_EQUAL, true, equals])
  }
  program.push([RETURN, false, KEPT_BYTES], [RETURN, false, 0])
  const code = allocate(libc, program.length * 8)
  program.forEach(([operation, test, k], i) => {
    code.view.setUint16(8 * i, operation, true)
    code.view.setUint8(8 * i + 3, test ? program.length - 2 - i : 0)
    code.view.setUint32(8 * i + 4, k, true)
  })
  const head = allocate(libc, 16)
  head.view.setUint16(0, program.length, true)
  writePointer(head.words, 2, code.address)
  return libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, head.address, 16) === 0
}
