import { POLLERR, POLLFD_BYTES, POLLHUP, POLLIN, POLLNVAL } from './layouts.ts'
import type { Libc } from './libc.ts'
import { type Arena, allocate } from './memory.ts'
import type { LinuxPort } from './udp-port.ts'

const TROUBLE = POLLERR | POLLHUP | POLLNVAL
/** Up to this many ports it is cheaper to read each than to ask which has something. */
const FEW = 4

/** The sockets of a loop, waited for together. */
export class PollSet {
  readonly #libc: Libc
  readonly #timeout: Arena
  #fds: Arena
  #ports: LinuxPort[] = []

  constructor(libc: Libc) {
    this.#libc = libc
    this.#timeout = allocate(libc, 16)
    this.#fds = allocate(libc, POLLFD_BYTES)
  }

  get ports(): readonly LinuxPort[] {
    return this.#ports
  }

  add(port: LinuxPort): void {
    this.#rebuild([...this.#ports, port])
  }

  remove(port: LinuxPort): void {
    this.#rebuild(this.#ports.filter((other) => other !== port))
  }

  /** Sleeps for `ns`, watching no socket. */
  sleep(ns: number): void {
    if (ns > 0) this.#poll(0, ns)
  }

  /** Sleeps for at most `ns`, less when a socket has something, and reads what there is. */
  waitAndRead(ns: number): void {
    const ports = this.#ports
    if (this.#poll(ports.length, Math.max(0, ns)) <= 0) return
    for (let i = 0; i < ports.length; i++) {
      // A callback may have opened or closed a port: the rest is read in the next turn.
      if (ports !== this.#ports) return
      const events = (this.#fds.words[2 * i + 1] ?? 0) >>> 16
      if (events !== 0) this.#serve(ports[i], events)
    }
  }

  /** Reads what waits at every socket, without sleeping. */
  readAll(): void {
    const ports = this.#ports
    if (ports.length > FEW) {
      this.waitAndRead(0)
      return
    }
    for (const port of ports) if (!port.dead) port.drain()
  }

  #serve(port: LinuxPort | undefined, events: number): void {
    if (port === undefined) return
    if ((events & TROUBLE) !== 0) port.drainErrors()
    if ((events & POLLIN) !== 0) port.drain()
    if (port.dead) this.#rebuild([...this.#ports])
  }

  #poll(count: number, ns: number): number {
    const { words } = this.#timeout
    words[0] = Math.floor(ns / 1e9)
    words[2] = Math.floor(ns % 1e9)
    return this.#libc.ppoll(this.#fds.address, count, this.#timeout.address, 0)
  }

  #rebuild(ports: LinuxPort[]): void {
    this.#ports = ports
    this.#fds = allocate(this.#libc, ports.length * POLLFD_BYTES)
    ports.forEach((port, i) => {
      // ppoll skips a negative descriptor: a dead socket must not wake the loop for ever.
      this.#fds.words[2 * i] = port.dead ? 0xffff_ffff : port.fd
      this.#fds.words[2 * i + 1] = POLLIN
    })
  }
}
