import { allocate, type Block, receiveMany } from './kernel.ts'

/** First bytes of each packet that the tap keeps: IPv6, UDP and RTP headers fit. */
export const SNAP_BYTES = 64
const BATCH = 64
const CONTROL_BYTES = 64
const RING = 4096
const MSG_DONTWAIT = 0x40
const SO_TIMESTAMPNS = 35
/** mmsghdr, iovec, control and snapped bytes of one message, in that order. */
const STRIDE = 64 + 16 + CONTROL_BYTES + SNAP_BYTES

/**
 * When the kernel handed each packet to a TUN device. The tap sees packets in the order in which
 * they can be read, so the n-th read belongs to the n-th stamp; stamps that match no read packet
 * are packets the device dropped.
 */
export class ArrivalTimes {
  readonly #fd: number
  readonly #baseSeconds: number
  readonly #block: Block
  readonly #heads = new Uint8Array(RING * SNAP_BYTES)
  readonly #times = new Float64Array(RING)
  readonly #lengths = new Uint16Array(RING)
  #read = 0
  #written = 0

  constructor(tapFd: number, baseSeconds: number) {
    this.#fd = tapFd
    this.#baseSeconds = baseSeconds
    this.#block = allocate(BATCH * STRIDE)
    this.#block.bytes.fill(0)
    for (let i = 0; i < BATCH; i++) this.#arrange(i)
  }

  /**
   * The kernel's time for the packet just read, or NaN when it has none. `onLost` is told the
   * head and time of each packet that was tapped before it and never came.
   */
  take(packet: Uint8Array, at: number, length: number, onLost: LostPacket): number {
    let found = this.#find(packet, at, length)
    if (found < 0) {
      this.#drain()
      found = this.#find(packet, at, length)
    }
    if (found < 0) {
      // Full of stamps that match nothing: begin anew, or no packet would ever match again.
      if (this.#written - this.#read === RING) this.#read = this.#written
      return Number.NaN
    }
    for (; this.#read < found; this.#read++) {
      const place = this.#read % RING
      onLost(this.#heads, place * SNAP_BYTES, this.#lengths[place]!, this.#times[place]!)
    }
    return this.#times[this.#read++ % RING]!
  }

  #find(packet: Uint8Array, at: number, length: number): number {
    for (let candidate = this.#read; candidate < this.#written; candidate++) {
      if (this.#isSame(candidate % RING, packet, at, length)) return candidate
    }
    return -1
  }

  /** All snapped bytes but the UDP or TCP checksum, which the kernel completes only for us. */
  #isSame(place: number, packet: Uint8Array, at: number, length: number): boolean {
    const head = place * SNAP_BYTES
    const heads = this.#heads
    const ipv6 = packet[at]! >> 4 === 6
    const payload = ipv6 ? 40 : (packet[at]! & 15) * 4
    const protocol = packet[at + (ipv6 ? 6 : 9)]!
    const checksum = protocol === 17 ? payload + 6 : protocol === 6 ? payload + 16 : -2
    const end = Math.min(length, SNAP_BYTES, this.#lengths[place]!)
    for (let i = 0; i < end; i++) {
      if (heads[head + i] !== packet[at + i] && i !== checksum && i !== checksum + 1) return false
    }
    return true
  }

  #drain(): void {
    for (;;) {
      const room = Math.min(BATCH, RING - (this.#written - this.#read))
      if (room === 0) return
      for (let i = 0; i < room; i++) this.#rearm(i)
      const count = receiveMany(this.#fd, this.#block.at, room, MSG_DONTWAIT, 0)
      for (let i = 0; i < count; i++) this.#keep(i)
      if (count < room) return
    }
  }

  #keep(index: number): void {
    const view = this.#block.view
    const length = Math.min(SNAP_BYTES, view.getUint32(this.#message(index) + 56, true))
    const control = BATCH * (64 + 16) + index * CONTROL_BYTES
    if (view.getInt32(control + 12, true) !== SO_TIMESTAMPNS) return
    const seconds = view.getUint32(control + 16, true)
    const place = this.#written++ % RING
    this.#times[place] = (seconds - this.#baseSeconds) * 1e9 + view.getUint32(control + 24, true)
    this.#lengths[place] = length
    const data = this.#data(index)
    this.#heads.set(this.#block.bytes.subarray(data, data + length), place * SNAP_BYTES)
  }

  #message(index: number): number {
    return index * 64
  }

  #data(index: number): number {
    return BATCH * (64 + 16 + CONTROL_BYTES) + index * SNAP_BYTES
  }

  /** Fills the fixed pointers of one message (layouts: recvmmsg(2), the same on x86-64 and arm64). */
  #arrange(index: number): void {
    const view = this.#block.view
    const base = this.#block.at
    const vector = BATCH * 64 + index * 16
    view.setBigUint64(this.#message(index) + 16, BigInt(base + vector), true)
    view.setBigUint64(this.#message(index) + 24, 1n, true)
    const control = BATCH * (64 + 16) + index * CONTROL_BYTES
    view.setBigUint64(this.#message(index) + 32, BigInt(base + control), true)
    view.setBigUint64(vector, BigInt(base + this.#data(index)), true)
    view.setBigUint64(vector + 8, BigInt(SNAP_BYTES), true)
  }

  /** The kernel shortens what it filled; it must be made long again before each receive. */
  #rearm(index: number): void {
    const message = this.#message(index)
    this.#block.view.setUint32(message + 40, CONTROL_BYTES, true)
    this.#block.view.setUint32(message + 44, 0, true)
    this.#block.view.setInt32(message + 48, 0, true)
  }
}

export type LostPacket = (heads: Uint8Array, at: number, length: number, timeNs: number) => void
