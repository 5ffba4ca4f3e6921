import { ERRNO } from '../system-error.ts'
import {
  IOV_LEN,
  IOVEC_WORDS,
  MMSGHDR_BYTES,
  MMSGHDR_WORDS,
  MSG_CONTROL,
  MSG_CONTROLLEN,
  MSG_DONTWAIT,
  MSG_NAME,
  MSG_NAMELEN,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { writePointer } from './memory.ts'
import { type MessageVector, makeVector } from './message-vector.ts'
import type { LinuxPeer } from './peer.ts'

/** What becomes of staged datagrams. */
export interface SendEvents {
  /** The kernel took the datagram of `tag`. */
  readonly sent: (tag: number) => void
  /** A call failed: the kernel may have numbered a datagram that does not leave. */
  readonly failed: () => void
  /** After the batch: the datagram of `tag` did not leave. */
  readonly notSent: (tag: number) => void
}

/** Staging slots of one socket, sent in order with as few calls as the kernel allows. */
export class Sender {
  readonly vector: MessageVector
  readonly #libc: Libc
  readonly #fd: number
  readonly #events: SendEvents
  readonly #tags: Uint32Array
  /** Holds the peers, so that their addresses stay readable until the batch is sent. */
  readonly #peers: (LinuxPeer | null)[]
  readonly #unsent: Uint32Array
  readonly #maxDatagram: number
  #staged = 0

  constructor(
    libc: Libc,
    fd: number,
    shape: { readonly batch: number; readonly maxDatagram: number },
    events: SendEvents,
  ) {
    this.#libc = libc
    this.#fd = fd
    this.#events = events
    this.#maxDatagram = shape.maxDatagram
    this.vector = makeVector(libc, shape.batch, Math.ceil(shape.maxDatagram / 8) * 8, 0)
    this.#tags = new Uint32Array(shape.batch)
    this.#unsent = new Uint32Array(shape.batch)
    this.#peers = new Array<LinuxPeer | null>(shape.batch).fill(null)
  }

  /** See Port.stage. Throws a RangeError on a datagram larger than a slot. */
  stage(peer: LinuxPeer, length: number, tag: number): number {
    const { vector } = this
    const slot = this.#staged
    if (slot === vector.count) return -1
    if (length > this.#maxDatagram)
      throw new RangeError(`datagram of ${length} bytes, slots hold ${this.#maxDatagram}`)
    this.#staged = slot + 1
    this.#tags[slot] = tag
    vector.iovecs.words[slot * IOVEC_WORDS + IOV_LEN] = length
    if (this.#peers[slot] !== peer) {
      const header = slot * MMSGHDR_WORDS
      this.#peers[slot] = peer
      writePointer(vector.headers.words, header + MSG_NAME, peer.name.address)
      vector.headers.words[header + MSG_NAMELEN] = peer.nameBytes
      writePointer(vector.headers.words, header + MSG_CONTROL, peer.source?.control.address ?? 0)
      vector.headers.words[header + MSG_CONTROLLEN] = peer.source?.bytes ?? 0
    }
    return slot * vector.slotBytes
  }

  /** Sends what is staged; see Port.flush. */
  flush(): number {
    const staged = this.#staged
    let unsent = 0
    let from = 0
    let retried = false
    while (from < staged) {
      const took = this.#send(from, staged - from)
      if (took > 0) {
        for (let i = from; i < from + took; i++) this.#events.sent(this.#tags[i] ?? 0)
        from += took
        retried = false
        continue
      }
      const errno = this.#libc.errno()
      this.#events.failed()
      if (errno === ERRNO.EAGAIN || errno === ERRNO.ENOBUFS || errno === ERRNO.ENOMEM) break
      // A returned ICMP error makes one send fail that has nothing to do with it: try once more.
      if (!retried) {
        retried = true
        continue
      }
      this.#unsent[unsent++] = this.#tags[from++] ?? 0
      retried = false
    }
    while (from < staged) this.#unsent[unsent++] = this.#tags[from++] ?? 0
    this.#staged = 0
    for (let i = 0; i < unsent; i++) this.#events.notSent(this.#unsent[i] ?? 0)
    return staged - unsent
  }

  #send(from: number, count: number): number {
    const at = this.vector.headers.address + from * MMSGHDR_BYTES
    const took = this.#libc.sendmmsg(this.#fd, at, count, MSG_DONTWAIT)
    // The error that stopped a batch early is not reported with it, but it happened.
    if (took > 0 && took < count) this.#events.failed()
    return took
  }
}
