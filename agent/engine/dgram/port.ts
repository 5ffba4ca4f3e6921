import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { bindBeside } from '../bind-beside.ts'
import { bindFault } from '../system-error.ts'
import type { Arrival, Peer, Port, PortOptions, Program } from '../types.ts'
import type { DgramClock } from './clock.ts'
import { familyOf, makePeer } from './peer.ts'

const BUFFER_BYTES = 4 * 1024 * 1024

/** What a port needs of its engine. */
export interface DgramHost {
  readonly clock: DgramClock
  readonly program: () => Program | null
  /** Something happened that may have changed what is due next. */
  readonly onEvent: () => void
  readonly onClosed: (port: DgramPort) => void
}

interface Slot {
  peer: Peer | null
  length: number
  tag: number
}

class DgramArrival implements Arrival {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly offset = 0
  length = 0
  truncated = false
  stampNs = 0
  readonly tos = -1
  readonly ttl = -1
  from: RemoteInfo = { address: '', family: 'IPv4', port: 0, size: 0 }

  constructor(bytes: number) {
    this.bytes = new Uint8Array(bytes)
    this.view = new DataView(this.bytes.buffer)
  }
}

/** One UDP socket of the dgram engine. Marks cannot be set or seen; every stamp is the program's own. */
export class DgramPort implements Port {
  readonly local: Port['local']
  readonly outgoing: Uint8Array
  readonly outgoingView: DataView
  readonly #host: DgramHost
  readonly #socket: Socket
  readonly #arrival: DgramArrival
  readonly #slots: readonly Slot[]
  readonly #slotBytes: number
  #staged = 0
  #open = true

  constructor(host: DgramHost, options: PortOptions) {
    this.#host = host
    const family = familyOf(options.address)
    const bind = () => {
      const socket = bindNow(options, family)
      return { socket, port: socket.address().port, close: () => socket.close() }
    }
    this.#socket = bindBeside(options.avoid ?? [], bind).socket
    this.local = { ...this.#socket.address(), family }
    if (options.ttl !== undefined) this.#socket.setTTL(options.ttl)
    this.#slotBytes = options.maxDatagram
    this.outgoing = new Uint8Array(options.batch * this.#slotBytes)
    this.outgoingView = new DataView(this.outgoing.buffer)
    this.#slots = Array.from({ length: options.batch }, () => ({ peer: null, length: 0, tag: 0 }))
    this.#arrival = new DgramArrival(options.maxDatagram)
    this.#socket.on('message', (bytes, from) => this.#arrived(bytes, from))
    // Receive errors (a returned ICMP error on some systems) concern no datagram of ours.
    this.#socket.on('error', () => undefined)
  }

  peer(address: string, port: number): Peer {
    return makePeer(this.local.family, address, port)
  }

  peerOf(_arrival: Arrival): Peer {
    const { address, port } = this.#arrival.from
    return { address, port }
  }

  isFrom(_arrival: Arrival, peer: Peer): boolean {
    const { address, port } = this.#arrival.from
    return port === peer.port && address === peer.address
  }

  stage(peer: Peer, length: number, tag: number): number {
    const slot = this.#slots[this.#staged]
    if (slot === undefined) return -1
    if (length > this.#slotBytes)
      throw new RangeError(`datagram of ${length} bytes, slots hold ${this.#slotBytes}`)
    slot.peer = peer
    slot.length = length
    slot.tag = tag
    return this.#staged++ * this.#slotBytes
  }

  /** Here the system's refusal of a datagram comes back later: each still gets onNotSent. */
  flush(): number {
    const count = this.#staged
    this.#staged = 0
    if (!this.#open) return 0
    for (let i = 0; i < count; i++) this.#send(i)
    return count
  }

  /** Node reads by itself. */
  drain(): void {}

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#socket.close()
    this.#host.onClosed(this)
  }

  #send(i: number): void {
    const slot = this.#slots[i]
    if (slot?.peer == null) return
    const { peer, length, tag } = slot
    // Copied, because the system may take it after this slot is staged again.
    const bytes = this.outgoing.slice(i * this.#slotBytes, i * this.#slotBytes + length)
    const sentNs = this.#host.clock.wallNs()
    this.#socket.send(bytes, peer.port, peer.address, (error) => {
      const program = this.#host.program()
      if (error === null) program?.onDeparture(this, tag, sentNs)
      else program?.onNotSent(this, tag)
      this.#host.onEvent()
    })
  }

  #arrived(bytes: Uint8Array, from: RemoteInfo): void {
    const program = this.#host.program()
    if (program === null || !this.#open) return
    const arrival = this.#arrival
    arrival.stampNs = this.#host.clock.wallNs()
    arrival.from = from
    arrival.length = Math.min(bytes.length, arrival.bytes.length)
    arrival.truncated = bytes.length > arrival.length
    arrival.bytes.set(bytes.subarray(0, arrival.length))
    program.onArrival(this, arrival)
    this.#host.onEvent()
  }
}

/**
 * Binds before it returns: with a lookup that answers at once, node binds within the call. Throws
 * a Fault where the address or port cannot be had.
 */
function bindNow(options: PortOptions, family: 4 | 6): Socket {
  const { address, port } = options
  makePeer(family, address, port)
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    lookup: (host, _options, done) => done(null, host, family),
  })
  let failure: NodeJS.ErrnoException | undefined
  const fail = (error: NodeJS.ErrnoException): void => {
    failure = error
  }
  socket.on('error', fail)
  socket.bind({ address, port, exclusive: true })
  socket.off('error', fail)
  if (failure !== undefined) {
    socket.close()
    throw bindFault(address, port, Math.abs(failure.errno ?? 0))
  }
  enlarge(socket)
  return socket
}

/** As much buffer as the host allows; its own default where it refuses. */
function enlarge(socket: Socket): void {
  try {
    socket.setRecvBufferSize(BUFFER_BYTES)
    socket.setSendBufferSize(BUFFER_BYTES)
  } catch {
    // The default stays.
  }
}
