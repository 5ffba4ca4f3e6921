import { CONTROL_FIRST_OCTET, type KeyedHash } from '../../shared/wire/control.ts'
import { type IcmpError, icmpKind } from '../../shared/wire/icmp.ts'
import { probeBackTos, probeBackTtl, probeSequence } from '../../shared/wire/probe.ts'
import { CODECS, RTP_HEADER, rtpVersion } from '../../shared/wire/rtp.ts'
import type { Arrival, Engine, Port, Returned } from '../engine/types.ts'
import { EgressProof } from '../stream/egress-proof.ts'
import { callOf, type StreamSession } from '../stream/reply-check.ts'
import { SessionClient } from '../stream/session-client.ts'
import type { SessionNews } from '../stream/session-news.ts'
import { type Flow, quotedSequence, strangersFlow, VOICE_BYTES } from './probe-packet.ts'
import { Rounds } from './rounds.ts'
import { CONTROL_TAG, LARGE_IP, TracePorts } from './trace-ports.ts'
import { TraceRows } from './trace-rows.ts'
import type { TraceAnswer, Traced, TracePlan, TraceTarget } from './types.ts'

/** A far end that does not open a session by then is traced without one. */
const OPEN_WITHIN_NS = 3e9
/** Answers still on their way at the end are waited for so long. */
const DRAIN_NS = 1.2e9
const CLOSE_WITHIN_NS = 1e9
/** Octets of IP and UDP header. */
const HEADERS = { 4: 28, 6: 48 } as const

export interface TraceMeans {
  readonly engine: Engine
  readonly plan: TracePlan
  readonly hash: KeyedHash
  readonly random: (bytes: number) => Uint8Array
  readonly method: Traced['method']
}

type Phase = 'opening' | 'tracing' | 'draining' | 'closing' | 'done'

/** Traces the way to one far end: its ports, its session, its rounds and what came back. */
export class TargetTrace {
  readonly target: TraceTarget
  readonly #means: TraceMeans
  readonly #ports: TracePorts
  readonly #client: SessionClient | null
  readonly #egress: EgressProof
  readonly #rows: TraceRows
  readonly #startedNs: number
  readonly #fromMs: number
  readonly #turn: number
  readonly #headers: number
  #flow: Flow
  #session: StreamSession | null = null
  #rounds: Rounds | null = null
  #phase: Phase = 'opening'
  #untilNs: number

  constructor(means: TraceMeans, target: TraceTarget, turn: number) {
    const { engine, plan, hash, random } = means
    this.#means = means
    this.target = target
    this.#turn = turn
    this.#headers = HEADERS[target.address.includes(':') ? 6 : 4]
    this.#rows = new TraceRows(this.#headers)
    this.#ports = new TracePorts(engine, plan, target, means.method)
    this.#egress = new EgressProof(engine, plan.dscp << 2)
    this.#flow = strangersFlow(random)
    const now = engine.monotonicNs()
    this.#startedNs = now
    this.#untilNs = now + OPEN_WITHIN_NS
    this.#fromMs = this.#wallMs()
    const { key } = target
    const wants = { streams: 1, payloadBytes: CODECS.g711.payloadBytes, tos: plan.dscp << 2 }
    const send = (datagram: Uint8Array): void => this.#ports.control(datagram)
    const parts = { hash, random, send }
    this.#client = key === null ? null : new SessionClient({ ...wants, key }, parts, now)
    if (key === null) this.#untilNs = now
  }

  get done(): boolean {
    return this.#phase === 'done'
  }

  /** Rounds sent, and all there are. */
  get progress(): readonly [done: number, of: number] {
    return [this.#rounds?.round ?? 0, this.#rounds?.total ?? 1]
  }

  owns(port: Port): boolean {
    return this.#ports.all.includes(port)
  }

  nextDue(): number {
    if (this.#phase === 'done') return Number.POSITIVE_INFINITY
    const probe = this.#phase === 'tracing' ? this.#rounds?.next() : null
    const own = probe === null || probe === undefined ? this.#untilNs : probe.dueNs
    const client = this.#client?.nextDue() ?? Number.POSITIVE_INFINITY
    return Math.min(own, client, this.#egress.nextDue())
  }

  onDue(nowNs: number): void {
    if (this.#phase === 'done') return
    if (this.#client !== null) {
      this.#client.expectsReplies = false
      this.#hear(this.#client.tick(nowNs), nowNs)
    }
    this.#egress.tick(nowNs)
    if (this.#phase === 'tracing') this.#send(nowNs)
    else if (nowNs >= this.#untilNs) this.#goOn(nowNs)
  }

  /** The time of a phase is over. */
  #goOn(nowNs: number): void {
    if (this.#phase === 'opening') {
      this.#begin(nowNs)
    } else if (this.#phase === 'draining' && this.#session !== null && this.#client !== null) {
      this.#phase = 'closing'
      this.#untilNs = nowNs + CLOSE_WITHIN_NS
      this.#hear(this.#client.close(nowNs), nowNs)
    } else {
      this.#end()
    }
  }

  #begin(nowNs: number): void {
    const { plan, engine } = this.#means
    this.#phase = 'tracing'
    const { rounds, spread } = plan
    const turns = plan.targets.length
    // All far ends count from one instant, so that their turns never fall together.
    const startNs = Math.max(nowNs, this.#startedNs + (turns > 1 ? OPEN_WITHIN_NS : 0))
    this.#rounds = new Rounds({ startNs, turn: this.#turn, turns, rounds, spread })
    this.#egress.begin(this.#ports.voice, this.#ports.voicePeer, engine.monotonicNs())
  }

  #send(nowNs: number): void {
    const rounds = this.#rounds!
    for (let probe = rounds.next(); probe !== null; probe = rounds.next()) {
      if (probe.dueNs > nowNs) return
      if (this.#rows.full) break
      const { shape, ttl, flow } = probe
      const octets = shape === 'large' ? LARGE_IP : VOICE_BYTES + this.#headers
      const sequence = this.#rows.add(shape, ttl, octets)
      this.#ports.probe(flow, ttl, octets - this.#headers, this.#flow, sequence)
      rounds.advance()
    }
    this.#phase = 'draining'
    this.#untilNs = nowNs + DRAIN_NS
  }

  onDeparture(tag: number, stampNs: number): void {
    if (tag !== CONTROL_TAG) this.#rows.sent(tag, stampNs)
  }

  onNotSent(tag: number): void {
    if (tag !== CONTROL_TAG) this.#rows.notSent(tag)
  }

  onArrival(port: Port, arrival: Arrival): void {
    if (arrival.truncated || arrival.length === 0) return
    if (!this.#ports.isFromPeer(port, arrival)) return
    const { bytes, offset, length } = arrival
    const now = this.#means.engine.monotonicNs()
    if (rtpVersion(bytes[offset]!) === 2) this.#onEcho(arrival)
    else if (bytes[offset] === CONTROL_FIRST_OCTET && this.#client !== null)
      this.#hear(this.#client.take(bytes.subarray(offset, offset + length), now), now)
  }

  #onEcho(arrival: Arrival): void {
    if (this.#session === null || this.target.key === null) return
    const stream = { ...this.target, key: this.target.key, codec: 'g711', calls: 1 } as const
    if (callOf(arrival, { ...stream, dscp: this.#means.plan.dscp }, this.#session) !== 0) return
    const payload = arrival.offset + RTP_HEADER
    const sequence = probeSequence(arrival.view, payload)
    const ttl = probeBackTtl(arrival.view, payload)
    this.#answer(sequence, arrival.stampNs, {
      ...{ kind: 'echo', from: this.target.address, code: 0, mtu: 0 },
      tos: this.#seesTos ? probeBackTos(arrival.view, payload) : null,
      tosBack: arrival.tos < 0 ? null : arrival.tos,
      ttlLeft: ttl < 0 ? null : ttl,
    })
  }

  #seesTos = false

  /** A router quoted a datagram; false where it is none of this trace. */
  onIcmp(error: IcmpError, from: string, stampNs: number): boolean {
    const { quoted, kind, code, mtu } = error
    const mine =
      quoted.destination === this.target.address &&
      quoted.destinationPort === this.target.port &&
      this.#ports.all.some((port) => port.local.port === quoted.sourcePort)
    const nowNs = this.#means.engine.wallNs()
    const sequence = this.#rows.sequenceOf(error, this.#flow, mine, nowNs)
    if (sequence < 0) return false
    const { tos } = quoted
    this.#answer(sequence, stampNs, { kind, from, code, mtu, tos, tosBack: null, ttlLeft: null })
    return true
  }

  /** The same without privilege: the mark is not quoted. */
  onReturned({ from, type, code, info, payload, stampNs }: Returned): void {
    const sequence = quotedSequence(payload, this.#flow)
    const kind = icmpKind(this.target.address.includes(':') ? 6 : 4, type, code)
    if (sequence < 0 || kind === undefined) return
    const mtu = kind === 'too-big' ? info : 0
    const unseen = { tos: null, tosBack: null, ttlLeft: null }
    this.#answer(sequence, stampNs, { kind, from, code, mtu, ...unseen })
  }

  #answer(sequence: number, stampNs: number, answer: Omit<TraceAnswer, 'rttMs'>): void {
    const row = this.#rows.answer(sequence, stampNs, answer)
    if (this.#phase === 'draining' && this.#rows.complete) this.#untilNs = 0
    if (row?.shape !== 'voice') return
    const final = answer.kind === 'echo' || answer.from === this.target.address
    if (final) this.#rounds?.reached(row.ttl)
    else this.#rounds?.heard(row.ttl)
  }

  #hear(news: SessionNews | undefined, nowNs: number): void {
    if (news === undefined) return
    if (news.type === 'opened' && this.#phase === 'opening') {
      const { ssrcBase, capabilities } = news.accept
      this.#session = { ssrcBase, cookies: news.cookies }
      this.#flow = { ssrc: ssrcBase, cookies: news.cookies }
      this.#seesTos = capabilities.seeTos
      this.#begin(nowNs)
    } else if (news.type === 'refused' && this.#phase === 'opening') {
      this.#begin(nowNs)
    } else if (news.type === 'closed' && this.#phase === 'closing') {
      this.#end()
    }
  }

  #end(): void {
    this.#phase = 'done'
    this.#egress.end()
    this.#ports.close()
  }

  result(): Traced {
    const leftTos = this.#egress.proof === 'watched' ? this.#egress.tos : null
    const { method } = this.#means
    const { target } = this
    const { rows } = this.#rows
    return { target, from: this.#fromMs, to: this.#wallMs(), method, leftTos, rows }
  }

  #wallMs(): number {
    const { engine } = this.#means
    return engine.baseSeconds * 1000 + Math.round(engine.wallNs() / 1e6)
  }
}
