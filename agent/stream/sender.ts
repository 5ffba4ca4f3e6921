import type { Cookies } from '../../shared/wire/cookies.ts'
import { fill } from '../../shared/wire/filler.ts'
import { PROBE_BYTES, writeProbeOut } from '../../shared/wire/probe.ts'
import { CODECS, RTP_HEADER, TICKS_PER_FRAME, writeRtp } from '../../shared/wire/rtp.ts'
import type { StampOffsets } from '../engine/stamp-offset.ts'
import type { Engine, Peer, Port } from '../engine/types.ts'
import { FRAME_NS, type Schedule } from './schedule.ts'
import type { StreamTarget } from './types.ts'
import { unstepped, type Windows } from './windows.ts'

/** Later than this a packet is not sent at all: a burst of stale packets is not a call. */
const TOO_LATE_NS = 3 * FRAME_NS
/** A loop that comes so late was not merely busy: the host slept. */
const SLEPT_NS = 2e9
/** Tags: | call, 12 bits | sequence, low 20 bits |. */
const SEQUENCE_BITS = 20
const SEQUENCE_MASK = 2 ** SEQUENCE_BITS - 1
export const CONTROL_TAG = 0xffffffff
export const MAX_CALLS = 4000

export interface SenderSetup {
  readonly engine: Engine
  readonly port: Port
  readonly peer: Peer
  readonly target: StreamTarget
  readonly schedule: Schedule
  readonly windows: Windows
  readonly stamps: StampOffsets
  /** Packets per call; undefined goes on until stopped. */
  readonly runCount: number | undefined
  /** Told when the host slept from one monotonic instant to another. */
  readonly onGap: (fromNs: number, toNs: number, cause: 'host-sleep') => void
}

/** Sends what is due, in the order of the schedule, and puts departures into rows. */
export class Sender {
  readonly #setup: SenderSetup
  readonly #payloadBytes: number
  readonly #payloadType: number
  #cookies: Cookies | undefined
  #ssrcBase = 0
  /** Calls whose first packet, the marked one, has not been sent in this session. */
  readonly #unmarked: Uint8Array
  /** The next packet: `sequence` of `call`. */
  call = 0
  sequence = 0
  sent = 0
  #staged = 0
  #stopped = false

  constructor(setup: SenderSetup) {
    const codec = CODECS[setup.target.codec]
    this.#setup = setup
    this.#payloadBytes = codec.payloadBytes
    this.#payloadType = codec.payloadType
    this.#unmarked = new Uint8Array(setup.schedule.calls)
  }

  get finished(): boolean {
    return this.#stopped || (this.call === 0 && this.sequence === this.#setup.runCount)
  }

  /** From now on packets leave in this session; undefined lets the schedule pass without sending. */
  useSession(session: { readonly ssrcBase: number; readonly cookies: Cookies } | undefined): void {
    this.#cookies = session?.cookies
    this.#ssrcBase = session?.ssrcBase ?? 0
    this.#unmarked.fill(1)
  }

  stop(): void {
    if (!this.finished) this.#setup.windows.cut(this.call, this.sequence)
    this.#stopped = true
  }

  nextDue(): number {
    if (this.finished) return Number.POSITIVE_INFINITY
    return this.#setup.schedule.dueNs(this.call, this.sequence)
  }

  /** Sends everything that is due at `nowNs` and flushes it. */
  send(nowNs: number): void {
    const { engine, schedule } = this.#setup
    const offsetNs = engine.wallOffsetNs()
    if (nowNs - this.nextDue() > SLEPT_NS) this.#skipTo(nowNs)
    const wallNs = nowNs + offsetNs
    while (!this.finished) {
      const dueNs = schedule.dueNs(this.call, this.sequence)
      if (dueNs > nowNs) break
      this.#one(dueNs, nowNs, offsetNs, wallNs)
      this.#advance()
    }
    this.#flush()
    this.#setup.windows.prepare(nowNs)
  }

  #skipTo(nowNs: number): void {
    const { schedule, runCount, onGap } = this.#setup
    const fromNs = this.nextDue()
    this.sequence = Math.min(schedule.firstAt(0, nowNs), runCount ?? Number.POSITIVE_INFINITY)
    this.call = 0
    onGap(fromNs, nowNs, 'host-sleep')
  }

  #one(dueNs: number, nowNs: number, offsetNs: number, wallNs: number): void {
    const { call, sequence } = this
    const window = this.#setup.windows.at(call, sequence, offsetNs)
    if (this.#cookies === undefined) return
    const i = sequence - window.first[call]!
    const { dueNs: due, stampedNs } = window.rows[call]!
    due[i] = dueNs + window.anchorNs
    if (nowNs - dueNs > TOO_LATE_NS) return
    if (this.#stage(call, sequence, wallNs, this.#cookies)) stampedNs[i] = wallNs
  }

  #stage(call: number, sequence: number, wallNs: number, cookies: Cookies): boolean {
    const { port, peer, engine } = this.#setup
    const bytes = RTP_HEADER + this.#payloadBytes
    const tag = ((call << SEQUENCE_BITS) | (sequence & SEQUENCE_MASK)) >>> 0
    let at = port.stage(peer, bytes, tag)
    if (at < 0) {
      this.#flush()
      at = port.stage(peer, bytes, tag)
      if (at < 0) return false
    }
    this.#staged += 1
    const view = port.outgoingView
    const ssrc = this.#ssrcBase + call
    const marker = this.#unmarked[call] === 1
    this.#unmarked[call] = 0
    writeRtp(view, at, marker, this.#payloadType, sequence, sequence * TICKS_PER_FRAME, ssrc)
    const payload = at + RTP_HEADER
    const { outHigh, outLow } = cookies
    writeProbeOut(view, payload, wallNs, engine.baseSeconds, sequence, outHigh, outLow)
    const rest = this.#payloadBytes - PROBE_BYTES
    if (rest > 0) fill(view, payload + PROBE_BYTES, rest, ssrc ^ (sequence * 0x9e3779b1))
    return true
  }

  #advance(): void {
    this.call += 1
    if (this.call < this.#setup.schedule.calls) return
    this.call = 0
    this.sequence += 1
  }

  #flush(): void {
    if (this.#staged === 0) return
    this.#staged = 0
    this.#setup.port.flush()
  }

  /** T1: the packet of this tag left at this wall instant. */
  departed(tag: number, stampNs: number): void {
    this.sent += 1
    const { windows, schedule, stamps } = this.#setup
    const call = tag >>> SEQUENCE_BITS
    // The low bits name the newest sequence that has them and was staged already.
    const newest = this.sequence + 1
    const sequence = newest - ((newest - tag) & SEQUENCE_MASK)
    const window = windows.find(call, sequence)
    if (window === undefined) return
    const i = sequence - window.first[call]!
    const offsetNs = stamps.ofDeparture(stampNs, schedule.dueNs(call, sequence))
    window.rows[call]!.sentNs[i] = unstepped(window, stampNs, offsetNs)
  }
}
