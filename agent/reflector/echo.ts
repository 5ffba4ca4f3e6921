import { fill } from '../../shared/wire/filler.ts'
import { readNtp } from '../../shared/wire/ntp-time.ts'
import {
  carriesHistory,
  EARLIER_DWELLS,
  PROBE_BYTES,
  probeOutCookieIs,
  probeSequence,
  writeEarlierDwell,
  writeProbeBack,
} from '../../shared/wire/probe.ts'
import {
  RTP_HEADER,
  rtpPayloadType,
  rtpSsrc,
  rtpTimestamp,
  writeRtp,
} from '../../shared/wire/rtp.ts'
import { REPLY_SSRC_BIT } from '../../shared/wire/session-open.ts'
import { StampOffsets } from '../engine/stamp-offset.ts'
import type { Arrival, Engine, Port } from '../engine/types.ts'
import type { CounterName, Counters } from './counters.ts'
import type { Session } from './session.ts'
import { BLOCK_MASK, type SessionTable } from './session-table.ts'
import type { TokenBucket } from './token-bucket.ts'

/**
 * The reflector's packet path: one RTP packet in, one staged answer out, in the same turn.
 *
 * Tags: | session slot, 10 bits | stream, 12 bits | reply sequence, low 10 bits |
 */
const REPLY_BITS = 10
const REPLY_MASK = 2 ** REPLY_BITS - 1
const STREAM_BITS = 12
export const CONTROL_TAG = 0xffffffff

export class Echo {
  readonly #table: SessionTable
  readonly #counters: Counters
  readonly #total: TokenBucket
  readonly #baseSeconds: number
  readonly #stamps: StampOffsets
  #tos: number
  #staged = 0

  /** @param tos the mark that the port was opened with */
  constructor(
    table: SessionTable,
    counters: Counters,
    total: TokenBucket,
    engine: Pick<Engine, 'baseSeconds' | 'wallNs' | 'monotonicNs' | 'wallOffsetNs'>,
    tos: number,
  ) {
    this.#table = table
    this.#counters = counters
    this.#total = total
    this.#baseSeconds = engine.baseSeconds
    this.#stamps = new StampOffsets(engine)
    this.#tos = tos
  }

  /** Datagrams staged and not yet flushed. */
  get staged(): number {
    return this.#staged
  }

  /** Answers one RTP packet, or counts why not. */
  arrive(port: Port, arrival: Arrival, nowNs: number): void {
    const reason = this.#take(port, arrival, nowNs)
    if (reason !== undefined) this.#counters[reason] += 1
  }

  #take(port: Port, arrival: Arrival, nowNs: number): CounterName | undefined {
    const { view, offset, length } = arrival
    if (length < RTP_HEADER + PROBE_BYTES) return 'drop-truncated'
    const ssrc = rtpSsrc(view, offset)
    const session = this.#table.bySsrc(ssrc)
    const stream = ssrc & BLOCK_MASK
    if (session === undefined || stream >= session.identity.granted.streams)
      return 'drop-unknown-ssrc'
    const reason = this.#objection(port, arrival, session)
    if (reason !== undefined) return reason
    session.lastHeardNs = nowNs
    const sequence = probeSequence(view, offset + RTP_HEADER)
    session.lastPacketNs = nowNs
    if (session.arrived(stream, sequence)) {
      const sentNs = readNtp(view, offset + RTP_HEADER, this.#baseSeconds)
      session.rows?.keep(stream, sequence, sentNs, arrival.stampNs, arrival.tos, arrival.ttl)
    }
    const within = session.bucket.take(nowNs)
    if (within && this.#total.take(nowNs)) {
      const offsetNs = this.#stamps.ofArrival(arrival.stampNs, nowNs)
      const reply = session.reply(stream, sequence, arrival.stampNs, offsetNs)
      this.#reply(port, arrival, session, stream, sequence, reply)
      return undefined
    }
    session.notAnswered(stream, sequence)
    return within ? 'drop-rate-total' : 'drop-rate-session'
  }

  #objection(port: Port, arrival: Arrival, { identity }: Session): CounterName | undefined {
    const { view, offset } = arrival
    if (!port.isFrom(arrival, identity.peer)) return 'drop-wrong-source'
    if (
      view.getUint8(offset) !== 0x80 ||
      arrival.length !== RTP_HEADER + identity.payloadBytes ||
      rtpPayloadType(view, offset) !== identity.payloadType
    )
      return 'drop-bad-size'
    const { outHigh, outLow } = identity.cookies
    return probeOutCookieIs(view, offset + RTP_HEADER, outHigh, outLow)
      ? undefined
      : 'drop-bad-cookie'
  }

  #reply(
    port: Port,
    arrival: Arrival,
    session: Session,
    stream: number,
    sequence: number,
    reply: number,
  ): void {
    const { identity } = session
    this.useTos(port, identity.tos)
    const tag =
      ((identity.slot << (STREAM_BITS + REPLY_BITS)) |
        (stream << REPLY_BITS) |
        (reply & REPLY_MASK)) >>>
      0
    let at = port.stage(identity.peer, arrival.length, tag)
    if (at < 0) {
      this.flush(port)
      at = port.stage(identity.peer, arrival.length, tag)
      if (at < 0) {
        this.notSent(tag)
        return
      }
    }
    this.#staged += 1
    this.#write(port.outgoingView, at, arrival, session, stream, sequence, reply)
  }

  #write(
    out: DataView,
    at: number,
    arrival: Arrival,
    session: Session,
    stream: number,
    sequence: number,
    reply: number,
  ): void {
    const { identity } = session
    const ticks = rtpTimestamp(arrival.view, arrival.offset)
    const ssrc = (identity.ssrcBase + stream) | REPLY_SSRC_BIT
    writeRtp(out, at, reply === 0, identity.payloadType, reply, ticks, ssrc)
    const payload = at + RTP_HEADER
    const dwell = session.dwell(stream, reply - 1)
    writeProbeBack(
      out,
      payload,
      arrival.stampNs,
      this.#baseSeconds,
      sequence,
      arrival.tos,
      arrival.ttl,
      dwell,
      identity.cookies.back,
    )
    if (!carriesHistory(identity.payloadBytes)) return
    for (let i = 0; i < EARLIER_DWELLS; i++)
      writeEarlierDwell(out, payload, i, session.dwell(stream, reply - 2 - i))
    const used = PROBE_BYTES + 2 * EARLIER_DWELLS
    fill(out, payload + used, identity.payloadBytes - used, ssrc ^ (reply * 0x9e3779b1))
  }

  /** Replies carry their session's mark: changing it costs a system call, so only when it differs. */
  useTos(port: Port, tos: number): void {
    if (tos === this.#tos || port.setTos === undefined) return
    this.flush(port)
    port.setTos(tos)
    this.#tos = tos
  }

  countStaged(): void {
    this.#staged += 1
  }

  /** Refused datagrams come back one by one through {@link notSent}. */
  flush(port: Port): void {
    if (this.#staged === 0) return
    this.#staged = 0
    port.flush()
  }

  departed(tag: number, stampNs: number): void {
    this.#counters.replied += 1
    const session = this.#table.bySlot(tag >>> (STREAM_BITS + REPLY_BITS))
    const stream = (tag >>> REPLY_BITS) & BLOCK_MASK
    session?.departed(stream, tag & REPLY_MASK, REPLY_MASK, stampNs, this.#stamps)
  }

  notSent(tag: number): void {
    this.#counters['not-sent'] += 1
    const session = this.#table.bySlot(tag >>> (STREAM_BITS + REPLY_BITS))
    session?.notSent((tag >>> REPLY_BITS) & BLOCK_MASK, tag & REPLY_MASK, REPLY_MASK)
  }
}
