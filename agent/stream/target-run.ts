import { WINDOW_NS } from '../../shared/clock.ts'
import { CONTROL_FIRST_OCTET } from '../../shared/wire/control.ts'
import { rtpVersion } from '../../shared/wire/rtp.ts'
import type { Arrival, HostClockState, InstrumentReport, Peer, Port } from '../engine/types.ts'
import { closedWindow } from './closed-window.ts'
import { EgressProof } from './egress-proof.ts'
import { Elsewhere } from './elsewhere.ts'
import { type Flow, forgetUnanswered, makeFlow, type RunMeans, takeReply } from './flow.ts'
import { Gaps } from './gaps.ts'
import { callOf, type StreamSession } from './reply-check.ts'
import { FRAME_NS } from './schedule.ts'
import { CONTROL_TAG } from './sender.ts'
import { SessionClient } from './session-client.ts'
import { LOST_CAUSE, LOST_WHY, type LostWhy, type SessionNews } from './session-news.ts'
import { openStreamPort, sendControl, wantsOf } from './target-port.ts'
import { Teller } from './teller.ts'
import type { StreamTarget } from './types.ts'
import { WallMs } from './wall-ms.ts'
import { emptyBody, type WindowBody } from './window-body.ts'

const BEGIN_WITHIN_NS = 10e9
const PROGRESS_NS = 1e9
/** Making the rows of a call takes time that its first packets must not wait for. */
const LEAD_PER_CALL_NS = 100e3

/** Streams to one far end on one socket: session, schedule, windows and their gaps put together. */
export class TargetRun {
  readonly port: Port
  readonly target: StreamTarget
  readonly #means: RunMeans
  readonly #peer: Peer
  readonly #wall: WallMs
  readonly #client: SessionClient
  readonly #gaps = new Gaps()
  readonly #teller: Teller
  readonly #egress: EgressProof
  readonly #elsewhere: Elsewhere
  readonly #startedNs: number
  #flow: Flow | undefined
  #session: StreamSession | undefined
  #nextProgressNs: number
  #rttMs: number | null = null
  #stopped = false
  finished = false

  constructor(means: RunMeans, target: StreamTarget) {
    const { engine, plan } = means
    this.#means = means
    this.target = target
    this.#wall = new WallMs(engine)
    this.#teller = new Teller(target, means.emit)
    this.port = openStreamPort(engine, plan, target)
    this.#peer = this.port.peer(target.address, target.port)
    this.#egress = new EgressProof(engine, target.dscp << 2)
    const now = engine.monotonicNs()
    this.#startedNs = now
    this.#nextProgressNs = now + PROGRESS_NS
    const { hash, random } = means
    const send = (datagram: Uint8Array): void => sendControl(this.port, this.#peer, datagram)
    this.#client = new SessionClient(wantsOf(target), { hash, random, send }, now)
    this.#elsewhere = new Elsewhere(this.port, this.#client, (from) =>
      this.#teller.elsewhere(this.open ? 'silent' : 'opening', from),
    )
    this.#beginMinute()
    this.#teller.state('opening', `${target.address} port ${target.port}`)
  }

  get open(): boolean {
    return this.#client.phase === 'open'
  }

  /** The stretch before the agent started, and then until its session opens. */
  #beginMinute(): void {
    const now = this.#means.engine.monotonicNs()
    const atMs = this.#wall.at(now)
    const minuteMs = WINDOW_NS / 1e6
    if (this.#means.plan.windows === 'minute') {
      this.#gaps.add(Math.floor(atMs / minuteMs) * minuteMs, atMs, 'agent-start')
      this.#flow = this.#newFlow(now)
    }
    this.#gaps.begin(atMs, 'agent-start')
  }

  #newFlow(startNs: number): Flow {
    return makeFlow(this.#means, this.target, startNs, {
      port: this.port,
      peer: this.#peer,
      client: this.#client,
      onGap: (fromNs, toNs, cause) =>
        this.#gaps.add(this.#wall.at(fromNs), this.#wall.at(toNs), cause),
      emit: (body) => this.#emitWindow(body),
    })
  }

  nextDue(): number {
    if (this.finished) return Number.POSITIVE_INFINITY
    const flow = this.#flow
    return Math.min(
      this.#client.nextDue(),
      flow?.sender.nextDue() ?? this.#startedNs + BEGIN_WITHIN_NS,
      flow?.closer.nextDue() ?? Number.POSITIVE_INFINITY,
      this.#egress.nextDue(),
      this.#nextProgressNs,
    )
  }

  onDue(nowNs: number): void {
    if (this.finished) return
    const flow = this.#flow
    flow?.sender.send(nowNs)
    this.#client.expectsReplies = flow !== undefined && !flow.sender.finished
    this.#hear(this.#client.tick(nowNs), nowNs)
    this.#egress.tick(nowNs)
    if (flow !== undefined) this.#close(flow, nowNs)
    else if (nowNs - this.#startedNs > BEGIN_WITHIN_NS) this.#giveUp(nowNs)
    if (nowNs < this.#nextProgressNs) return
    this.#nextProgressNs = nowNs + PROGRESS_NS
    this.#teller.progress(flow?.sender.sent ?? 0, flow?.replies.received ?? 0, this.#rttMs)
  }

  #close({ sender, windows, closer }: Flow, nowNs: number): void {
    closer.ending = sender.finished
    closer.tick(nowNs)
    const over = sender.finished && windows.open.length === 0
    if (over && this.#client.phase !== 'closing') this.#hear(this.#client.close(nowNs), nowNs)
  }

  #giveUp(nowNs: number): void {
    const offsetNs = this.#means.engine.wallOffsetNs()
    this.#emitWindow(emptyBody(this.#startedNs + offsetNs, nowNs + offsetNs))
    this.#end()
  }

  /** Takes a datagram of the far end; of what comes from elsewhere only that it came. */
  onArrival(arrival: Arrival): void {
    if (this.finished || arrival.truncated || arrival.length === 0) return
    const { bytes, offset, length } = arrival
    const now = this.#means.engine.monotonicNs()
    if (!this.port.isFrom(arrival, this.#peer)) this.#elsewhere.hear(arrival)
    else if (rtpVersion(bytes[offset]!) === 2) this.#onReply(arrival, now)
    else if (bytes[offset] === CONTROL_FIRST_OCTET)
      this.#hear(this.#client.take(bytes.subarray(offset, offset + length), now), now)
  }

  #onReply(arrival: Arrival, nowNs: number): void {
    const flow = this.#flow
    if (this.#session === undefined || flow === undefined) return
    const call = callOf(arrival, this.target, this.#session)
    if (call < 0) return
    this.#hear(this.#client.heard(nowNs), nowNs)
    const roundTripNs = takeReply(flow, call, arrival, nowNs)
    if (!Number.isNaN(roundTripNs)) this.#rttMs = roundTripNs / 1e6
  }

  onDeparture(tag: number, stampNs: number): void {
    if (tag !== CONTROL_TAG) this.#flow?.sender.departed(tag, stampNs)
  }

  addReport(report: InstrumentReport, clock: HostClockState): void {
    this.#flow?.closer.addReport(report, clock)
  }

  stop(nowNs: number): void {
    if (this.#stopped || this.finished) return
    this.#stopped = true
    const flow = this.#flow
    if (flow === undefined) {
      this.#giveUp(nowNs)
      return
    }
    flow.sender.stop()
    const open = flow.windows.open.at(-1)
    if (open !== undefined && this.#means.plan.windows === 'minute')
      this.#gaps.add(this.#wall.at(nowNs), this.#wall.of(open.toNs), 'agent-stop')
  }

  #hear(news: SessionNews | undefined, nowNs: number): void {
    if (news === undefined) return
    if (news.type === 'opened' || news.type === 'heard-again') this.#elsewhere.over()
    if (news.type === 'opened') this.#opened(news, nowNs)
    else if (news.type === 'lost') this.#lost(news.why, nowNs)
    else if (news.type === 'refused') this.#refused(news, nowNs)
    else if (news.type === 'silent') this.#teller.state('silent', 'no reply for a second')
    else if (news.type === 'heard-again') this.#teller.state('open', 'replies again')
    else if (news.type === 'receipt' || news.type === 'statement') this.#flow?.closer.take(news)
    else this.#end()
  }

  #end(): void {
    this.#egress.end()
    this.finished = true
    this.#teller.state('closed', '')
  }

  #opened({ accept, cookies }: Extract<SessionNews, { type: 'opened' }>, nowNs: number): void {
    const again = this.#session !== undefined
    this.#flow ??= this.#newFlow(nowNs + FRAME_NS + this.target.calls * LEAD_PER_CALL_NS)
    const { windows, sender, replies, closer } = this.#flow
    // Stopped meanwhile: no packet follows, and a window of none would be waited for.
    if (!sender.finished) windows.at(0, sender.sequence, this.#means.engine.wallOffsetNs())
    this.#session = { ssrcBase: accept.ssrcBase, cookies }
    sender.useSession(this.#session)
    replies.newSession(accept.capabilities.seeTos)
    closer.newSession(sender.sequence, accept.history)
    // A run begins when its session does: what was before is no gap in it.
    if (this.#means.plan.windows === 'run' && !again) this.#gaps.forget()
    else this.#gaps.end(this.#wall.at(nowNs))
    this.#egress.begin(this.port, this.#peer, nowNs)
    this.#teller.state('open', `session ${accept.sessionId}, ${accept.streams} calls granted`)
  }

  /**
   * The reflector no longer knows the session. What was sent after the last answer found nobody who
   * could answer: that is a gap with its cause, and not a loss of the network.
   */
  #lost(why: LostWhy, nowNs: number): void {
    const flow = this.#flow
    if (flow === undefined) return
    flow.sender.useSession(undefined)
    const lastNs = forgetUnanswered(flow)
    this.#gaps.begin(this.#wall.at(Math.min(lastNs, nowNs)), LOST_CAUSE[why])
    this.#teller.state('opening', LOST_WHY[why])
  }

  #refused({ refused }: Extract<SessionNews, { type: 'refused' }>, nowNs: number): void {
    const flow = this.#flow
    flow?.sender.useSession(undefined)
    const fromNs = flow === undefined ? nowNs : Math.min(forgetUnanswered(flow), nowNs)
    this.#gaps.goesOn(this.#wall.at(fromNs), 'refused')
    const limit = refused.limit > 0 ? `, limit ${refused.limit}` : ''
    this.#teller.state('refused', `${refused.reason}${limit}`)
    if (this.#means.plan.windows !== 'run') return
    if (flow === undefined) this.#giveUp(nowNs)
    else flow.sender.stop()
  }

  #emitWindow(body: WindowBody): void {
    const { engine } = this.#means
    const [from, to] = [this.#wall.of(body.window.fromNs), this.#wall.of(body.window.toNs)]
    const told = { from, to, gaps: this.#gaps.within(from, to), ...this.#elsewhere.take() }
    this.#teller.window(closedWindow(engine, this.target, this.#egress, body, told))
  }
}
