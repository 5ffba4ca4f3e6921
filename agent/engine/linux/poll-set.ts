import { POLLERR, POLLFD_BYTES, POLLHUP, POLLIN, POLLNVAL } from './layouts.ts'
import type { Libc } from './libc.ts'
import { type Arena, allocate } from './memory.ts'
import type { LinuxPort } from './udp-port.ts'

const TROUBLE = POLLERR | POLLHUP | POLLNVAL
/** Up to this many ports it is cheaper to read each than to ask which has something. */
const FEW = 4

/** What a loop waits for. */
export interface Polled {
  readonly fd: number
  /** True once the socket shows an error that nothing clears. */
  readonly dead: boolean
  drain(): void
  drainErrors(): void
}

/** The sockets of a loop, waited for together. */
export class PollSet {
  readonly #libc: Libc
  readonly #timeout: Arena
  #fds: Arena
  #ports: LinuxPort[] = []
  /** Sockets that only hear. */
  #others: Polled[] = []
  #all: readonly Polled[] = []

  constructor(libc: Libc) {
    this.#libc = libc
    this.#timeout = allocate(libc, 16)
    this.#fds = allocate(libc, POLLFD_BYTES)
  }

  get ports(): readonly LinuxPort[] {
    return this.#ports
  }

  add(port: LinuxPort): void {
    this.#ports = [...this.#ports, port]
    this.#rebuild()
  }

  remove(port: Polled): void {
    this.#ports = this.#ports.filter((other) => other !== port)
    this.#others = this.#others.filter((other) => other !== port)
    this.#rebuild()
  }

  /** Adds a socket that only hears. */
  addListener(port: Polled): void {
    this.#others = [...this.#others, port]
    this.#rebuild()
  }

  /** Sleeps for `ns`, watching no socket. */
  sleep(ns: number): void {
    if (ns > 0) this.#poll(0, ns)
  }

  /** Sleeps for at most `ns`, less when a socket has something, and reads what there is. */
  waitAndRead(ns: number): void {
    const ports = this.#all
    if (this.#poll(ports.length, Math.max(0, ns)) <= 0) return
    for (let i = 0; i < ports.length; i++) {
      // A callback may have opened or closed a port: the rest is read in the next turn.
      if (ports !== this.#all) return
      const events = (this.#fds.words[2 * i + 1] ?? 0) >>> 16
      if (events !== 0) this.#serve(ports[i], events)
    }
  }

  /** Reads what waits at every socket, without sleeping. */
  readAll(): void {
    const ports = this.#all
    if (ports.length > FEW) {
      this.waitAndRead(0)
      return
    }
    for (const port of ports) if (!port.dead) port.drain()
  }

  #serve(port: Polled | undefined, events: number): void {
    if (port === undefined) return
    if ((events & TROUBLE) !== 0) port.drainErrors()
    if ((events & POLLIN) !== 0) port.drain()
    if (port.dead) this.#rebuild()
  }

  #poll(count: number, ns: number): number {
    const { words } = this.#timeout
    words[0] = Math.floor(ns / 1e9)
    words[2] = Math.floor(ns % 1e9)
    return this.#libc.ppoll(this.#fds.address, count, this.#timeout.address, 0)
  }

  #rebuild(): void {
    const ports = [...this.#ports, ...this.#others]
    this.#all = ports
    this.#fds = allocate(this.#libc, ports.length * POLLFD_BYTES)
    ports.forEach((port, i) => {
      // ppoll skips a negative descriptor: a dead socket must not wake the loop for ever.
      this.#fds.words[2 * i] = port.dead ? 0xffff_ffff : port.fd
      this.#fds.words[2 * i + 1] = POLLIN
    })
  }
}
