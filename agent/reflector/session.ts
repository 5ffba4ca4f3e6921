import type { Cookies } from '../../shared/wire/cookies.ts'
import { DWELL_UNKNOWN, dwellCode } from '../../shared/wire/probe.ts'
import type { StampOffsets } from '../engine/stamp-offset.ts'
import type { Peer } from '../engine/types.ts'
import type { ArrivalsRing } from './arrivals-ring.ts'
import { type Granted, HISTORY } from './bounds.ts'
import { TokenBucket } from './token-bucket.ts'

/** One octet per sequence number: arrivals (0-15), came below the highest, replies not sent (0-7). */
const ARRIVALS = 0x0f
const REORDERED = 0x10
const UNSENT_ONE = 0x20
const UNSENT = 0xe0
/** Replies whose dwell is remembered; at least ten, a power of two. */
const RECENT = 16
const BURST_SECONDS = 5

export interface SessionIdentity {
  readonly id: string
  readonly slot: number
  readonly keyId: string
  readonly nonce: string
  readonly token: string
  readonly peer: Peer
  /** SSRC of call 0; its low twelve bits are zero. */
  readonly ssrcBase: number
  readonly payloadBytes: number
  readonly payloadType: number
  readonly tos: number
  readonly cookies: Cookies
  readonly granted: Granted
  /** What the reflector had counted when the session opened: its receipts tell what came since. */
  readonly before: { readonly clockSteps: number; readonly receiveOverflows: number }
}

export interface RangeCounts {
  readonly received: number
  readonly duplicates: number
  readonly reordered: number
  readonly replied: number
  readonly receivedBitmap: Uint8Array
}

/** The state of one session: typed arrays over its streams, nothing allocated per packet. */
export class Session {
  readonly identity: SessionIdentity
  readonly bucket: TokenBucket
  /** Arrivals packet by packet; null where there are too many streams or no memory for it. */
  readonly rows: ArrivalsRing | null
  lastHeardNs: number
  lastPacketNs: number
  /** TOS byte that replies were seen leaving with, or why none was seen (yet). */
  egress: number | 'unwatched' | 'watching' | 'unseen' = 'unwatched'
  endsNs: number
  readonly #state: Uint8Array
  /** Highest sequence received per stream; -1 before the first. */
  readonly #highest: Float64Array
  /** What was signed does not change: arrivals below this sequence are no longer counted. */
  readonly #sealed: Float64Array
  readonly #replies: Uint32Array
  readonly #arrivedNs: Float64Array
  /** Wall minus monotonic time then; NaN where a step made it unknowable. */
  readonly #offsetNs: Float64Array
  readonly #answered: Float64Array
  readonly #dwells: Uint16Array

  constructor(identity: SessionIdentity, nowNs: number, rows: ArrivalsRing | null = null) {
    const { streams, packetsPerSecond } = identity.granted
    this.identity = identity
    this.bucket = new TokenBucket(packetsPerSecond, packetsPerSecond * BURST_SECONDS, nowNs)
    this.rows = rows
    this.lastHeardNs = nowNs
    this.lastPacketNs = nowNs
    this.endsNs = nowNs + identity.granted.lifetimeSeconds * 1e9
    this.#state = new Uint8Array(streams * HISTORY)
    this.#highest = new Float64Array(streams).fill(-1)
    this.#sealed = new Float64Array(streams)
    this.#replies = new Uint32Array(streams)
    this.#arrivedNs = new Float64Array(streams * RECENT)
    this.#offsetNs = new Float64Array(streams * RECENT)
    this.#answered = new Float64Array(streams * RECENT)
    this.#dwells = new Uint16Array(streams * RECENT).fill(DWELL_UNKNOWN)
  }

  /** Counts an arrival; false where it is older than anything remembered, or its range is signed. */
  arrived(stream: number, sequence: number): boolean {
    if (sequence < this.#sealed[stream]!) return false
    const highest = this.#highest[stream]!
    const from = stream * HISTORY
    if (sequence > highest) {
      this.#forget(from, highest, sequence)
      this.#highest[stream] = sequence
    } else if (sequence <= highest - HISTORY) return false
    const at = from + (sequence & (HISTORY - 1))
    const state = this.#state[at]!
    if ((state & ARRIVALS) === 0) this.#state[at] = 1 | (sequence < highest ? REORDERED : 0)
    else if ((state & ARRIVALS) < ARRIVALS) this.#state[at] = state + 1
    return true
  }

  /** Clears what the ring held `HISTORY` ago for the sequence numbers that now enter it. */
  #forget(from: number, highest: number, sequence: number): void {
    if (sequence - highest >= HISTORY) {
      this.#state.fill(0, from, from + HISTORY)
      return
    }
    for (let s = highest + 1; s <= sequence; s++) this.#state[from + (s & (HISTORY - 1))] = 0
  }

  /** Highest sequence that came, -1 before the first. */
  highest(stream: number): number {
    return this.#highest[stream]!
  }

  /** From now on nothing below `end` is counted. */
  seal(stream: number, end: number): void {
    if (end > this.#sealed[stream]!) this.#sealed[stream] = end
  }

  /** The number of replies that this stream has made; also the next reply's sequence. */
  replies(stream: number): number {
    return this.#replies[stream]!
  }

  /** Takes the next reply sequence of a stream for an answer to `sequence`, stamped `arrivedNs`. */
  reply(stream: number, sequence: number, arrivedNs: number, offsetNs: number): number {
    const reply = this.#replies[stream]!
    this.#replies[stream] = reply + 1
    const at = stream * RECENT + (reply & (RECENT - 1))
    this.#arrivedNs[at] = arrivedNs
    this.#offsetNs[at] = offsetNs
    this.#answered[at] = sequence
    this.#dwells[at] = DWELL_UNKNOWN
    return reply
  }

  /** The reply left at `stampNs`; `low` are the low bits of its sequence, under `mask`. */
  departed(
    stream: number,
    low: number,
    mask: number,
    stampNs: number,
    stamps: Pick<StampOffsets, 'elapsed'>,
  ): void {
    const at = this.#recent(stream, low, mask)
    if (at < 0) return
    const dwellNs = stamps.elapsed(this.#arrivedNs[at]!, this.#offsetNs[at]!, stampNs)
    this.#dwells[at] = dwellCode(dwellNs)
  }

  /** The reply did not leave: its request was received and not answered, which is not a loss back. */
  notSent(stream: number, low: number, mask: number): void {
    const recent = this.#recent(stream, low, mask)
    if (recent < 0) return
    const sequence = this.#answered[recent]!
    if (sequence < this.#sealed[stream]!) return
    const at = stream * HISTORY + (sequence & (HISTORY - 1))
    if ((this.#state[at]! & UNSENT) < UNSENT) this.#state[at]! += UNSENT_ONE
  }

  /** The request was received and is not answered (rate). */
  notAnswered(stream: number, sequence: number): void {
    if (sequence < this.#sealed[stream]!) return
    const at = stream * HISTORY + (sequence & (HISTORY - 1))
    if ((this.#state[at]! & UNSENT) < UNSENT) this.#state[at]! += UNSENT_ONE
  }

  #recent(stream: number, low: number, mask: number): number {
    const back = (this.#replies[stream]! - low) & mask
    if (back === 0 || back > RECENT) return -1
    return stream * RECENT + (low & (RECENT - 1))
  }

  /** Wire code of the dwell of reply `reply`; not known where it is no longer remembered. */
  dwell(stream: number, reply: number): number {
    const made = this.#replies[stream]!
    if (reply < 0 || reply >= made || reply < made - RECENT) return DWELL_UNKNOWN
    return this.#dwells[stream * RECENT + (reply & (RECENT - 1))]!
  }

  /** False where what came of `first` may have been forgotten since: later packets took its place. */
  remembers(stream: number, first: number): boolean {
    return first > this.#highest[stream]! - HISTORY
  }

  /** Counts over `count` sequence numbers from `first`, which are remembered. */
  range(stream: number, first: number, count: number): RangeCounts {
    const receivedBitmap = new Uint8Array(Math.ceil(count / 8))
    const highest = this.#highest[stream]!
    const totals = { received: 0, duplicates: 0, reordered: 0, replied: 0 }
    for (let i = 0; i < count; i++) {
      const sequence = first + i
      if (sequence > highest) break
      const state = this.#state[stream * HISTORY + (sequence & (HISTORY - 1))]!
      const arrivals = state & ARRIVALS
      if (arrivals === 0) continue
      receivedBitmap[i >> 3]! |= 0x80 >> (i & 7)
      totals.received += 1
      totals.duplicates += arrivals - 1
      totals.replied += Math.max(0, arrivals - (state >> 5))
      if (state & REORDERED) totals.reordered += 1
    }
    return { ...totals, receivedBitmap }
  }
}
