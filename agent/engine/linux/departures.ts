import { ControlReader } from './control.ts'
import { DepartureRing } from './departure-ring.ts'
import { MMSGHDR_WORDS, MSG_CONTROLLEN, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_LEN } from './layouts.ts'
import type { Libc } from './libc.ts'
import { armReceive, type MessageVector, makeVector } from './message-vector.ts'

const BATCH = 64
/** Control data of an error-queue message: stamp, extended error with offender, TOS, TTL, drops. */
const CONTROL_BYTES = 256
/** A software stamp is made as the driver takes the packet; later than this it will not come. */
const GIVE_UP_NS = 500e6
/** Bounds one drain, so that a flood of stamps cannot keep the loop from sending. */
const MAX_ROUNDS = 64

/** Reads error queues; one for all ports of an engine, since it keeps nothing between reads. */
export class ErrorQueueReader {
  readonly vector: MessageVector
  readonly control: ControlReader

  /** @param payloadBytes how much of a returned datagram is kept; 0 where only stamps are read */
  constructor(libc: Libc, baseSeconds: number, payloadBytes = 0) {
    this.vector = makeVector(libc, payloadBytes > 0 ? 8 : BATCH, payloadBytes, CONTROL_BYTES)
    this.control = new ControlReader(baseSeconds)
  }
}

/** What a port does when a departure's instant is known. */
export type OnDeparted = (tag: number, stampNs: number) => void

/** An ICMP error is in slot `i`, `length` bytes of its datagram in the data; read it before returning. */
export type OnReturnedError = (reader: ErrorQueueReader, i: number, length: number) => void

/** The transmit stamps of one port. */
export class Departures {
  readonly ring: DepartureRing
  /** Departures reported with the user stamp because the kernel's did not come. */
  missing = 0
  readonly #libc: Libc
  readonly #fd: number
  readonly #reader: ErrorQueueReader
  readonly #onDeparted: OnDeparted
  readonly #onReturned: OnReturnedError | undefined

  constructor(
    libc: Libc,
    fd: number,
    size: number,
    reader: ErrorQueueReader,
    onDeparted: OnDeparted,
    onReturned?: OnReturnedError,
  ) {
    this.#libc = libc
    this.#fd = fd
    this.#reader = reader
    this.#onDeparted = onDeparted
    this.#onReturned = onReturned
    this.ring = new DepartureRing(size)
  }

  sent(tag: number, userNs: number): void {
    if (this.ring.full) this.#giveUpOldest()
    this.ring.sent(tag, userNs)
  }

  /** Reads every transmit stamp that waits; returns how many messages the queue held. */
  drain(): number {
    const { vector } = this.#reader
    let total = 0
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const got = this.#libc.recvmmsg(
        this.#fd,
        vector.headers.address,
        vector.count,
        MSG_ERRQUEUE | MSG_DONTWAIT,
        0,
      )
      if (got <= 0) return total
      for (let i = 0; i < got; i++) this.#one(i)
      total += got
      if (got < vector.count) return total
    }
    return total
  }

  /** Reports with the user stamp what has waited too long at wall instant `wallNs`. */
  expire(wallNs: number): void {
    while (wallNs - this.ring.oldestNs() > GIVE_UP_NS) this.#giveUpOldest()
  }

  #one(i: number): void {
    const { vector, control } = this.#reader
    const length = vector.headers.words[i * MMSGHDR_WORDS + MSG_CONTROLLEN] ?? 0
    control.read(vector.control.words, (i * vector.controlBytes) >>> 2, length)
    const bytes = vector.headers.words[i * MMSGHDR_WORDS + MSG_LEN] ?? 0
    armReceive(vector, i)
    if (control.errorWord >= 0) this.#onReturned?.(this.#reader, i, bytes)
    const { departedId, stampNs } = control
    if (departedId < 0 || Number.isNaN(stampNs)) return
    const tag = this.ring.take(departedId)
    if (tag >= 0) this.#onDeparted(tag, stampNs)
  }

  #giveUpOldest(): void {
    const userNs = this.ring.oldestNs()
    const tag = this.ring.giveUp()
    this.missing++
    this.#onDeparted(tag, userNs)
  }
}
