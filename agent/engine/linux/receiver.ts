import type { Arrival } from '../types.ts'
import { ControlReader } from './control.ts'
import {
  MMSGHDR_WORDS,
  MSG_CONTROLLEN,
  MSG_DONTWAIT,
  MSG_FLAGS,
  MSG_LEN,
  MSG_TRUNC,
  SOCKADDR_BYTES,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { armReceive, type MessageVector, makeVector } from './message-vector.ts'
import type { LinuxPeer } from './peer.ts'

const CONTROL_BYTES = 192
/** Bounds one drain: a flood must not keep the loop from sending what is due. */
const MAX_DATAGRAMS = 4096

/** The one reused Arrival of a port. */
export class LinuxArrival implements Arrival {
  readonly bytes: Uint8Array
  readonly view: DataView
  offset = 0
  length = 0
  truncated = false
  stampNs = 0
  tos = -1
  ttl = -1

  constructor(bytes: Uint8Array, view: DataView) {
    this.bytes = bytes
    this.view = view
  }
}

/** Reads datagrams of one socket in batches, into the same memory again and again. */
export class Receiver {
  readonly arrival: LinuxArrival
  readonly vector: MessageVector
  /** Slot of the current arrival. */
  slot = 0
  readonly #libc: Libc
  readonly #fd: number
  readonly #control: ControlReader
  readonly #wallNs: () => number
  readonly #onArrival: () => boolean
  #busy = false

  /** `onArrival` returns false when the port was closed meanwhile. */
  constructor(
    libc: Libc,
    fd: number,
    shape: { readonly batch: number; readonly maxDatagram: number; readonly baseSeconds: number },
    wallNs: () => number,
    onArrival: () => boolean,
  ) {
    this.#libc = libc
    this.#fd = fd
    this.#wallNs = wallNs
    this.#onArrival = onArrival
    const slotBytes = Math.ceil(shape.maxDatagram / 8) * 8
    this.vector = makeVector(libc, shape.batch, slotBytes, CONTROL_BYTES)
    const { iovecs } = this.vector
    for (let i = 0; i < shape.batch; i++) iovecs.words[i * 4 + 2] = shape.maxDatagram
    this.arrival = new LinuxArrival(this.vector.data.bytes, this.vector.data.view)
    this.#control = new ControlReader(shape.baseSeconds)
  }

  /** Cumulative drops as the newest datagram told them. */
  get drops(): number {
    return this.#control.drops
  }

  /** Reads what waits; returns how many datagrams there were. */
  drain(): number {
    if (this.#busy) return 0
    this.#busy = true
    try {
      return this.#drain()
    } finally {
      this.#busy = false
    }
  }

  #drain(): number {
    const { vector } = this
    let total = 0
    while (total < MAX_DATAGRAMS) {
      const got = this.#libc.recvmmsg(
        this.#fd,
        vector.headers.address,
        vector.count,
        MSG_DONTWAIT,
        0,
      )
      if (got <= 0) return total
      total += got
      for (let i = 0; i < got; i++) {
        this.#take(i)
        if (!this.#onArrival()) return total
      }
      if (got < vector.count) return total
    }
    return total
  }

  #take(i: number): void {
    const { vector, arrival } = this
    const control = this.#control
    const header = i * MMSGHDR_WORDS
    const { words } = vector.headers
    control.read(
      vector.control.words,
      (i * vector.controlBytes) >>> 2,
      words[header + MSG_CONTROLLEN] ?? 0,
    )
    this.slot = i
    arrival.offset = i * vector.slotBytes
    arrival.length = words[header + MSG_LEN] ?? 0
    arrival.truncated = ((words[header + MSG_FLAGS] ?? 0) & MSG_TRUNC) !== 0
    arrival.stampNs = Number.isNaN(control.stampNs) ? this.#wallNs() : control.stampNs
    arrival.tos = control.tos
    arrival.ttl = control.ttl
    armReceive(vector, i)
  }

  /** Word of the control data where the address begins that the current arrival was sent to; or -1. */
  get localAt(): number {
    return this.#control.localAt
  }

  /** Whether the current arrival came from `peer`: address and port, compared as words. */
  isFrom(peer: LinuxPeer): boolean {
    const names = this.vector.names.words
    const at = (this.slot * SOCKADDR_BYTES) >>> 2
    const other = peer.name.words
    if (names[at] !== other[0]) return false
    if (!peer.six) return names[at + 1] === other[1]
    return (
      names[at + 2] === other[2] &&
      names[at + 3] === other[3] &&
      names[at + 4] === other[4] &&
      names[at + 5] === other[5] &&
      names[at + 6] === other[6]
    )
  }
}
