import { Fault } from '../../../shared/errors.ts'
import type { Arrival, Peer, Port, PortOptions, Program } from '../types.ts'
import type { LinuxClock } from './clock.ts'
import { Departures, ErrorQueueReader } from './departures.ts'
import {
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  SOCKADDR_BYTES,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { allocate } from './memory.ts'
import { LinuxPeer } from './peer.ts'
import { Receiver } from './receiver.ts'
import { QUOTED_BYTES, returnedOf } from './returned.ts'
import { Sender } from './sender.ts'
import { openUdpSocket, readDrops, setIntOption, takeSocketError } from './socket.ts'
import { readSocketAddress, writeSocketAddress } from './socket-address.ts'
import { ownAddress, sourceOf } from './source-address.ts'

/** Most departures of one port that may wait for their stamp: half a second at 130 000 a second. */
const MAX_RING = 65536
/** With nothing to read behind it, an error condition that lasts this many turns is a dead socket. */
const DEAD_AFTER_TURNS = 100

/** What a port needs of its engine. */
export interface PortHost {
  readonly libc: Libc
  readonly clock: LinuxClock
  readonly errorQueue: ErrorQueueReader
  readonly program: () => Program | null
  readonly onFlushed: (port: LinuxPort) => void
  readonly onClosed: (port: LinuxPort) => void
}

/** One UDP socket of the linux engine. */
export class LinuxPort implements Port {
  readonly fd: number
  readonly local: Port['local']
  readonly stamped: boolean
  readonly outgoing: Uint8Array
  readonly outgoingView: DataView
  readonly departures: Departures
  /** Set while the loop still has to read this port's transmit stamps in this turn. */
  flushed = false
  readonly #host: PortHost
  readonly #receiver: Receiver
  readonly #sender: Sender
  #open = true
  #errorTurns = 0
  #dropsReported = 0

  constructor(host: PortHost, options: PortOptions) {
    const { libc, clock } = host
    const socket = openUdpSocket(libc, options)
    this.#host = host
    this.fd = socket.fd
    this.local = socket.local
    this.stamped = socket.stamped
    this.departures = this.#departuresOf(options)
    const shape = {
      batch: options.batch,
      maxDatagram: options.maxDatagram,
      baseSeconds: clock.baseSeconds,
    }
    this.#receiver = new Receiver(
      libc,
      this.fd,
      shape,
      () => clock.wallNs(),
      () => this.#arrived(),
    )
    this.#sender = new Sender(libc, this.fd, shape, {
      sent: (tag) => this.#sent(tag),
      failed: () => this.departures.ring.failed(),
      notSent: (tag) => host.program()?.onNotSent(this, tag),
    })
    this.outgoing = this.#sender.vector.data.bytes
    this.outgoingView = this.#sender.vector.data.view
  }

  #departuresOf(options: PortOptions): Departures {
    const { libc, clock, errorQueue, program } = this.#host
    const reader = options.returned
      ? new ErrorQueueReader(libc, clock.baseSeconds, QUOTED_BYTES)
      : errorQueue
    return new Departures(
      libc,
      this.fd,
      ringSize(options.batch),
      reader,
      (tag, stampNs) => program()?.onDeparture(this, tag, stampNs),
      (from, slot, length) => {
        const error = returnedOf(libc, from, slot, length, clock.wallNs())
        if (error !== null) program()?.onReturned?.(this, error)
      },
    )
  }

  get open(): boolean {
    return this.#open
  }

  /** True once the socket shows an error that nothing clears; the loop stops watching it. */
  get dead(): boolean {
    return this.#errorTurns > DEAD_AFTER_TURNS
  }

  peer(address: string, port: number, local?: string): Peer {
    const { libc } = this.#host
    const name = allocate(libc, SOCKADDR_BYTES)
    const length = writeSocketAddress(libc, name.view, 0, address, port)
    if (length > 16 !== (this.local.family === 6)) {
      const wanted = `an IPv${this.local.family} address, as the port's own`
      throw new Fault('CONFIG_VALUE', `peer of ${this.local.address}`, wanted, address)
    }
    return new LinuxPeer(address, port, name, length, this.#from(local))
  }

  peerOf(_arrival: Arrival): Peer {
    const { libc } = this.#host
    const { names } = this.#receiver.vector
    const at = this.#receiver.slot * SOCKADDR_BYTES
    const name = allocate(libc, SOCKADDR_BYTES)
    const six = this.local.family === 6
    name.bytes.set(names.bytes.subarray(at, at + (six ? 28 : 16)))
    const { address, port } = readSocketAddress(libc, name.view, name.address, 0)
    const { localAt, vector } = this.#receiver
    const local = localAt < 0 ? undefined : ownAddress(libc, six, vector.control.words, localAt)
    return new LinuxPeer(address, port, name, six ? 28 : 16, this.#from(local))
  }

  #from(local: string | undefined) {
    return local === undefined ? null : { local, source: sourceOf(this.#host.libc, local) }
  }

  isFrom(_arrival: Arrival, peer: Peer): boolean {
    return this.#receiver.isFrom(peer as LinuxPeer)
  }

  stage(peer: Peer, length: number, tag: number): number {
    return this.#sender.stage(peer as LinuxPeer, length, tag)
  }

  flush(): number {
    if (!this.#open) return 0
    this.#sentNs = this.#host.clock.wallNs()
    const sent = this.#sender.flush()
    if (sent > 0 && !this.flushed) {
      this.flushed = true
      this.#host.onFlushed(this)
    }
    return sent
  }

  drain(): void {
    if (this.#open && this.#host.program() !== null) this.#receiver.drain()
  }

  /** Answers an error condition in poll: reads transmit stamps, else clears the pending error. */
  drainErrors(): void {
    if (!this.#open) return
    const read = this.departures.drain()
    if (read > 0 || this.#pendingCleared()) this.#errorTurns = 0
    else this.#errorTurns++
  }

  setTos(tos: number): void {
    const six = this.local.family === 6
    const option = six ? IPV6_TCLASS : IP_TOS
    setIntOption(this.#host.libc, this.fd, six ? IPPROTO_IPV6 : IPPROTO_IP, option, tos)
  }

  setTtl(ttl: number): void {
    const six = this.local.family === 6
    const option = six ? IPV6_UNICAST_HOPS : IP_TTL
    setIntOption(this.#host.libc, this.fd, six ? IPPROTO_IPV6 : IPPROTO_IP, option, ttl)
  }

  /** Datagrams dropped by the kernel at this socket since the last call. */
  takeDrops(): number {
    const told = readDrops(this.#host.libc, this.fd)
    const drops = told < 0 ? this.#receiver.drops : told
    const fresh = Math.max(0, drops - this.#dropsReported)
    this.#dropsReported = drops
    return fresh
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#host.libc.close(this.fd)
    this.#host.onClosed(this)
  }

  #sentNs = 0

  #sent(tag: number): void {
    if (this.stamped) this.departures.sent(tag, this.#sentNs)
    else this.#host.program()?.onDeparture(this, tag, this.#sentNs)
  }

  #arrived(): boolean {
    this.#host.program()?.onArrival(this, this.#receiver.arrival)
    return this.#open
  }

  #pendingCleared(): boolean {
    return takeSocketError(this.#host.libc, this.fd) !== 0
  }
}

/** Room for a thousand batches, within bounds: a port for one call costs 13 KB, not 850. */
function ringSize(batch: number): number {
  let size = 1024
  while (size < batch * 1024 && size < MAX_RING) size *= 2
  return size
}
