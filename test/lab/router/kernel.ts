import { closeSync, openSync } from 'node:fs'
import koffi from 'koffi'

/**
 * The system calls of the router process. Everything here happens on the main thread, because
 * a network namespace belongs to a thread. Pointers are plain numbers (below 2^47).
 */
const libc = koffi.load('libc.so.6')
const malloc = libc.func('uintptr_t malloc(size_t)')
const setns = libc.func('int setns(int, int)')
const openFile = libc.func('int open(const char *, int)')
const ioctl = libc.func('int ioctl(int, unsigned long, ...)')
const socket = libc.func('int socket(int, int, int)')
const setsockopt = libc.func('int setsockopt(int, int, int, uintptr_t, uint32_t)')
const bind = libc.func('int bind(int, uintptr_t, uint32_t)')
const ifNameToIndex = libc.func('unsigned int if_nametoindex(const char *)')
const clockGettime = libc.func('int clock_gettime(int, uintptr_t)')
const prctl = libc.func('int prctl(int, unsigned long, ...)')
const schedSetscheduler = libc.func('int sched_setscheduler(int, int, uintptr_t)')
const ppoll = libc.func('int ppoll(uintptr_t, uint64_t, uintptr_t, uintptr_t)')

export const readInto = libc.func('intptr_t read(int, uintptr_t, size_t)') as unknown as ReadWrite
export const writeFrom = libc.func('intptr_t write(int, uintptr_t, size_t)') as unknown as ReadWrite
export const receiveMany = libc.func(
  'int recvmmsg(int, uintptr_t, unsigned int, int, uintptr_t)',
) as unknown as (fd: number, at: number, count: number, flags: number, timeout: number) => number

type ReadWrite = (fd: number, at: number, length: number) => number

const CLONE_NEWNET = 0x40000000
const O_RDWR_NONBLOCK_CLOEXEC = 0o2004002
const TUNSETIFF = 0x400454ca
const IFF_TUN_NO_PI = 0x1001
const AF_PACKET = 17
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o2004000
const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const SO_RCVBUFFORCE = 33
const SO_TIMESTAMPNS = 35
const ETH_P_ALL = 3
const PR_SET_TIMERSLACK = 29
const SCHED_FIFO = 1

/** Memory outside the JavaScript heap that never moves; pages cost nothing until touched. */
export interface Block {
  readonly at: number
  readonly bytes: Uint8Array
  readonly view: DataView
}

export function allocate(size: number): Block {
  const at = Number(malloc(size))
  const buffer = koffi.view(BigInt(at), size)
  return { at, bytes: new Uint8Array(buffer), view: new DataView(buffer) }
}

/** Runs `work` inside the named network namespace (as `ip netns` names them) and returns. */
export function inNamespace<T>(name: string, work: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  const there = openSync(`/run/netns/${name}`, 'r')
  try {
    check(setns(there, CLONE_NEWNET), `setns ${name}`)
    return work()
  } finally {
    check(setns(home, CLONE_NEWNET), 'setns home')
    closeSync(home)
    closeSync(there)
  }
}

/** A TUN device without packet information, made in the current namespace; returns its fd. */
export function openTun(device: string): number {
  const fd = check(openFile('/dev/net/tun', O_RDWR_NONBLOCK_CLOEXEC), 'open /dev/net/tun')
  const request = allocate(40)
  request.bytes.fill(0)
  request.bytes.set(new TextEncoder().encode(device.slice(0, 15)))
  request.view.setUint16(16, IFF_TUN_NO_PI, true)
  check(ioctl(fd, TUNSETIFF, 'uintptr_t', request.at), `create TUN device ${device}`)
  return fd
}

/**
 * A packet socket that sees the first bytes of what the kernel hands to `device`, with the
 * kernel's own time. The kernel taps before it queues to the TUN, so order is the same.
 */
export function openTap(device: string, snapBytes: number): number {
  const fd = check(socket(AF_PACKET, SOCK_RAW_NONBLOCK_CLOEXEC, 0), 'socket AF_PACKET')
  const filter = outgoingOnly(snapBytes)
  check(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter.at, 16), 'SO_ATTACH_FILTER')
  setOption(fd, SO_TIMESTAMPNS, 1)
  setOption(fd, SO_RCVBUFFORCE, 16 << 20)
  const address = allocate(20)
  address.bytes.fill(0)
  address.view.setUint16(0, AF_PACKET, true)
  address.view.setUint16(2, ETH_P_ALL, false)
  address.view.setInt32(4, ifNameToIndex(device), true)
  check(bind(fd, address.at, 20), `bind packet socket to ${device}`)
  return fd
}

/** Classic BPF: `ld pkttype; jeq PACKET_OUTGOING; ret snap; ret 0`, and its sock_fprog. */
function outgoingOnly(snapBytes: number): Block {
  const program = [
    [0x20, 0, 0, 0xfffff004],
    [0x15, 0, 1, 4],
    [0x06, 0, 0, snapBytes],
    [0x06, 0, 0, 0],
  ] as const
  const block = allocate(16 + program.length * 8)
  block.view.setUint16(0, program.length, true)
  block.view.setBigUint64(8, BigInt(block.at + 16), true)
  for (const [index, [code, jumpTrue, jumpFalse, operand]] of program.entries()) {
    block.view.setUint16(16 + index * 8, code, true)
    block.view.setUint8(18 + index * 8, jumpTrue)
    block.view.setUint8(19 + index * 8, jumpFalse)
    block.view.setUint32(20 + index * 8, operand, true)
  }
  return block
}

function setOption(fd: number, option: number, value: number): void {
  const block = allocate(4)
  block.view.setInt32(0, value, true)
  check(setsockopt(fd, SOL_SOCKET, option, block.at, 4), `socket option ${option}`)
}

const clock = allocate(16)
const words = new Uint32Array(clock.bytes.buffer, clock.bytes.byteOffset, 4)

/** Wall clock in nanoseconds since `baseSeconds`, exact in a double for 104 days. */
export function wallNs(baseSeconds: number): number {
  clockGettime(0, clock.at)
  return (words[0]! - baseSeconds) * 1e9 + words[2]!
}

/** Real-time priority where permitted, and timers that are not rounded. Says what it got. */
export function hurry(): 'fifo' | 'none' {
  prctl(PR_SET_TIMERSLACK, 1)
  const priority = allocate(4)
  priority.view.setInt32(0, 10, true)
  return schedSetscheduler(0, SCHED_FIFO, priority.at) === 0 ? 'fifo' : 'none'
}

/** A fixed set of descriptors to wait on; `events(i)` are the poll bits of the i-th. */
export class Waiter {
  readonly #block: Block
  readonly #count: number

  constructor(fds: readonly number[]) {
    this.#count = fds.length
    this.#block = allocate(16 + fds.length * 8)
    for (const [index, fd] of fds.entries()) {
      this.#block.view.setInt32(16 + index * 8, fd, true)
      this.#block.view.setInt16(20 + index * 8, POLLIN, true)
    }
  }

  /** Waits for input, at most `limitNs` (below one second); true when there is some. */
  wait(limitNs: number): boolean {
    this.#block.view.setUint32(0, 0, true)
    this.#block.view.setUint32(4, 0, true)
    this.#block.view.setUint32(8, Math.max(0, Math.min(999_999_999, limitNs)), true)
    this.#block.view.setUint32(12, 0, true)
    return ppoll(this.#block.at + 16, this.#count, this.#block.at, 0) > 0
  }

  events(index: number): number {
    return this.#block.view.getInt16(22 + index * 8, true)
  }
}

export const POLLIN = 1
/** POLLERR, POLLHUP and POLLNVAL: the device is gone, and would be reported for ever. */
export const POLL_GONE = 8 | 16 | 32

function check(result: number, what: string): number {
  if (result >= 0) return result
  const code = koffi.errno()
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === code)?.[0]
  throw new Error(`${what}: ${name ?? `errno ${code}`}`)
}
