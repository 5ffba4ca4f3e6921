import type { Arrival, IcmpPort, Program } from '../types.ts'
import type { LinuxClock } from './clock.ts'
import {
  AF_INET,
  AF_INET6,
  ICMP_FILTER,
  ICMP6_FILTER,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  SO_RCVBUF,
  SO_TIMESTAMPING,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCKADDR_BYTES,
  SOL_RAW,
  SOL_SOCKET,
  STAMPING_FLAGS,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { allocate } from './memory.ts'
import type { Polled } from './poll-set.ts'
import { Receiver } from './receiver.ts'
import { setIntOption, takeSocketError } from './socket.ts'
import { readSocketAddress } from './socket-address.ts'

/** RFC 4884 messages have up to 128 octets of quote and extensions; routers may quote 576 or more. */
const MAX_MESSAGE = 1280
const BATCH = 16
const BUFFER_BYTES = 512 * 1024
/** Types that are heard: unreachable 3, time exceeded 11; for ICMPv6 1 to 3 (RFC 4443 section 2.1). */
const HEARD_4 = [3, 11]
const HEARD_6 = [1, 2, 3]
const DEAD_AFTER_TURNS = 100

/** What a raw ICMP socket needs of its engine. */
export interface IcmpHost {
  readonly libc: Libc
  readonly clock: LinuxClock
  readonly program: () => Program | null
  readonly onClosed: (port: LinuxIcmpPort) => void
}

/** Opens a raw ICMP socket; null where the kernel refuses (CAP_NET_RAW is missing). */
export function openIcmpPort(host: IcmpHost, family: 4 | 6): LinuxIcmpPort | null {
  const { libc } = host
  const four = family === 4
  const fd = libc.socket(
    four ? AF_INET : AF_INET6,
    SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
    four ? IPPROTO_ICMP : IPPROTO_ICMPV6,
  )
  if (fd < 0) return null
  filter(libc, fd, family)
  setIntOption(libc, fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES)
  setIntOption(libc, fd, SOL_SOCKET, SO_TIMESTAMPING, STAMPING_FLAGS)
  return new LinuxIcmpPort(host, fd, family)
}

/** A bit set keeps that type out. */
function filter(libc: Libc, fd: number, family: 4 | 6): void {
  const mask = allocate(libc, 32)
  const heard = family === 4 ? HEARD_4 : HEARD_6
  mask.words.fill(0xffff_ffff, 0, 8)
  for (const type of heard)
    mask.words[type >>> 5] = (mask.words[type >>> 5] ?? 0) & ~(1 << (type & 31))
  if (family === 4) libc.setsockopt(fd, SOL_RAW, ICMP_FILTER, mask.address, 4)
  else libc.setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, mask.address, 32)
}

/** One raw ICMP socket of the linux engine: it only hears. */
export class LinuxIcmpPort implements IcmpPort, Polled {
  readonly fd: number
  readonly family: 4 | 6
  readonly #host: IcmpHost
  readonly #receiver: Receiver
  #open = true
  #errorTurns = 0

  constructor(host: IcmpHost, fd: number, family: 4 | 6) {
    const { libc, clock } = host
    this.fd = fd
    this.family = family
    this.#host = host
    const { baseSeconds } = clock
    const shape = { batch: BATCH, maxDatagram: MAX_MESSAGE, baseSeconds }
    this.#receiver = new Receiver(
      libc,
      fd,
      shape,
      () => clock.wallNs(),
      () => this.#arrived(),
    )
  }

  get dead(): boolean {
    return this.#errorTurns > DEAD_AFTER_TURNS
  }

  senderOf(_arrival: Arrival): string {
    const { names } = this.#receiver.vector
    const at = this.#receiver.slot * SOCKADDR_BYTES
    return readSocketAddress(this.#host.libc, names.view, names.address, at).address
  }

  drain(): void {
    if (this.#open && this.#host.program() !== null) this.#receiver.drain()
  }

  drainErrors(): void {
    if (!this.#open) return
    if (takeSocketError(this.#host.libc, this.fd) !== 0) this.#errorTurns = 0
    else this.#errorTurns++
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#host.libc.close(this.fd)
    this.#host.onClosed(this)
  }

  #arrived(): boolean {
    this.#host.program()?.onIcmp?.(this, this.#receiver.arrival)
    return this.#open
  }
}
