import { decodeControlHeader } from '../../shared/wire/control.ts'
import { aliveBody, closedBody } from '../../shared/wire/session-keep.ts'
import {
  type Accept,
  acceptBody,
  challengeBody,
  NO_TOKEN,
  refusedBody,
} from '../../shared/wire/session-open.ts'
import { ControlVoice } from './control-voice.ts'
import { type OfSession, type ReceiptQuestion, receiptNews } from './receipt-news.ts'
import { FIRST_RETRY_NS, keepAliveNs, RetryPace } from './retry-pace.ts'
import { type ClientMeans, lostWhy, type SessionNews, type SessionWants } from './session-news.ts'

/** Without a reply for so long, the far end is silent and is asked whether it still knows us. */
const SILENCE_NS = 1e9
/** A token is good for at least five seconds: then begin anew. */
const TOKEN_TRIES = 4
const CLOSE_TRIES = 3
/** Keep-alives without an answer until the control of a silent far end counts as silent too. */
const DEAF_AFTER = 3

type Told = 'receipt' | 'statement'
type Phase = 'asking' | 'proving' | 'open' | 'refused' | 'closing' | 'closed'

/** The agent's side of a session: a state machine over datagrams and instants, without a socket or a clock. */
export class SessionClient {
  readonly #wants: SessionWants
  readonly voice: ControlVoice
  #phase: Phase = 'asking'
  #nonce = ''
  #token = NO_TOKEN
  #accept: Accept | undefined
  #bootId: string | undefined
  #silent = false
  #unanswered = 0
  #heardNs = 0
  #nextNs: number
  readonly #pace = new RetryPace()
  #tries = 0
  /** False while nothing is sent: then no reply is no silence. */
  expectsReplies = true
  /** Datagrams from the far end that were no answer of ours: forged, stale or malformed. */
  ignored = 0

  constructor(wants: SessionWants, means: ClientMeans, nowNs: number) {
    this.#wants = wants
    this.voice = new ControlVoice(wants.key, means)
    this.#nextNs = nowNs
  }

  get phase(): Phase {
    return this.#phase
  }
  /** Of the reflector that accepted last. */
  get reflectorBoot(): string | undefined {
    return this.#bootId
  }
  /** Whether the far end can be asked: streams may be blocked on a path that lets control through. */
  get answers(): boolean {
    return this.#phase === 'open' && (!this.#silent || this.#unanswered < DEAF_AFTER)
  }
  /** Monotonic instant at which {@link tick} has something to do. */
  nextDue(): number {
    if (this.#phase === 'closed') return Number.POSITIVE_INFINITY
    if (this.#phase !== 'open' || this.#silent || !this.expectsReplies) return this.#nextNs
    return Math.min(this.#nextNs, this.#heardNs + SILENCE_NS)
  }

  /** A reply of a stream came. */
  heard(nowNs: number): SessionNews | undefined {
    this.#heardNs = nowNs
    if (!this.#silent) return undefined
    this.#silent = false
    this.#nextNs = nowNs + keepAliveNs(this.#accept?.lifetimeSeconds)
    return { type: 'heard-again' }
  }

  tick(nowNs: number): SessionNews | undefined {
    if (!this.expectsReplies) this.#heardNs = nowNs
    if (this.#phase === 'open' && !this.#silent && nowNs >= this.#heardNs + SILENCE_NS) {
      this.#silent = true
      this.#unanswered = DEAF_AFTER
      this.#pace.restart()
      this.#retry(nowNs)
      this.#sayName('keep-alive')
      return { type: 'silent' }
    }
    if (nowNs < this.#nextNs) return undefined
    return this.#act(nowNs)
  }

  #act(nowNs: number): SessionNews | undefined {
    switch (this.#phase) {
      case 'refused':
      case 'asking':
        this.#ask(nowNs)
        return undefined
      case 'proving':
        this.#tries += 1
        if (this.#tries >= TOKEN_TRIES) this.#ask(nowNs)
        else this.#sayOpen(nowNs)
        return undefined
      case 'open':
        if (this.#silent) this.#retry(nowNs)
        else this.#nextNs = nowNs + keepAliveNs(this.#accept?.lifetimeSeconds)
        this.#unanswered += 1
        this.#sayName('keep-alive')
        return undefined
      case 'closing':
        this.#tries += 1
        if (this.#tries > CLOSE_TRIES) return this.#end()
        this.#nextNs = nowNs + FIRST_RETRY_NS
        this.#sayName('close')
        return undefined
      default:
        return undefined
    }
  }

  /** Begins anew, with a new nonce; refusals are asked again more slowly than silence. */
  #ask(nowNs: number): void {
    if (this.#phase !== 'refused') this.#phase = 'asking'
    this.#nonce = this.voice.hex(16)
    this.#token = NO_TOKEN
    this.#sayOpen(nowNs)
  }

  #sayOpen(nowNs: number): void {
    this.#retry(nowNs)
    this.voice.sayOpen(this.#wants, this.#nonce, this.#token)
  }

  #retry(nowNs: number): void {
    this.#nextNs = nowNs + this.#pace.next()
  }

  /** The session's id where its reflector signs receipts. */
  get signedSession(): string | undefined {
    return this.#accept?.capabilities.signsReceipts === true ? this.#accept.sessionId : undefined
  }

  /** Asks something of the session; the caller repeats it when no answer comes. */
  ask<T>(type: ReceiptQuestion, body: OfSession<T>, value: T, bytes: number): void {
    const sessionId = this.#accept?.sessionId
    if (sessionId !== undefined) this.voice.say(type, body, { ...value, sessionId }, bytes)
  }

  /** Ends the session; news of type closed follows, with or without an answer. */
  close(nowNs: number): SessionNews | undefined {
    if (this.#phase !== 'open') return this.#end()
    this.#phase = 'closing'
    this.#tries = 0
    this.#nextNs = nowNs
    return this.#act(nowNs)
  }

  #end(): SessionNews {
    this.#phase = 'closed'
    return { type: 'closed' }
  }

  /** Takes a control datagram of the far end; what is not a true answer to us changes nothing. */
  take(datagram: Uint8Array, nowNs: number): SessionNews | undefined {
    const header = decodeControlHeader(datagram)
    if (!header.ok || header.value.keyId !== this.#wants.key.id) return this.#ignore()
    const { type, transaction } = header.value
    if (type === 'receipt' || type === 'statement') return this.#takeReceipt(type, datagram, nowNs)
    if (transaction !== this.voice.transaction) return this.#ignore()
    if (type === 'challenge') return this.#takeChallenge(datagram, nowNs)
    if (type === 'accept') return this.#takeAccept(datagram, nowNs)
    if (type === 'refused') return this.#takeRefused(datagram, nowNs)
    if (type === 'alive') return this.#takeAlive(datagram, nowNs)
    if (type === 'closed' && this.#phase === 'closing')
      return this.voice.read(datagram, closedBody) === undefined ? this.#ignore() : this.#end()
    return this.#ignore()
  }

  #takeChallenge(datagram: Uint8Array, nowNs: number): undefined {
    const challenge = this.voice.read(datagram, challengeBody)
    const awaited = this.#phase === 'asking' || this.#phase === 'refused'
    if (challenge === undefined || !awaited) return this.#ignore()
    this.#phase = 'proving'
    this.#token = challenge.token
    this.#tries = 0
    this.#pace.restart()
    this.#sayOpen(nowNs)
    return undefined
  }

  #takeAccept(datagram: Uint8Array, nowNs: number): SessionNews | undefined {
    const accept = this.voice.read(datagram, acceptBody)
    if (accept === undefined || this.#phase !== 'proving') return this.#ignore()
    const restarted = this.#bootId !== undefined && this.#bootId !== accept.bootId
    this.#phase = 'open'
    this.#silent = false
    this.#accept = accept
    this.#bootId = accept.bootId
    this.#heardNs = nowNs
    this.#nextNs = nowNs + keepAliveNs(this.#accept?.lifetimeSeconds)
    const cookies = this.voice.cookies(this.#nonce, this.#token, accept.sessionId)
    return { type: 'opened', accept, cookies, restarted }
  }

  #takeRefused(datagram: Uint8Array, nowNs: number): SessionNews | undefined {
    const refused = this.voice.read(datagram, refusedBody)
    if (refused === undefined) return this.#ignore()
    if (this.#phase === 'closing') return this.#end()
    if (this.#phase === 'open' && refused.reason === 'unknown-session') {
      this.#phase = 'asking'
      this.#silent = false
      this.#pace.restart()
      this.#nextNs = nowNs
      return { type: 'lost', why: lostWhy(refused, this.#bootId) }
    }
    if (this.#phase !== 'refused') this.#pace.restart(true)
    this.#phase = 'refused'
    this.#silent = false
    this.#retry(nowNs)
    return { type: 'refused', refused }
  }

  #takeAlive(datagram: Uint8Array, nowNs: number): SessionNews | undefined {
    // The control answers but the streams may not: silence of the streams goes on being silence.
    if (this.voice.read(datagram, aliveBody) === undefined) return this.#ignore()
    this.#unanswered = 0
    if (!this.#silent) return undefined
    this.#pace.restart()
    this.#nextNs = nowNs + SILENCE_NS
    return undefined
  }

  #takeReceipt(type: Told, datagram: Uint8Array, nowNs: number): SessionNews | undefined {
    const news = receiptNews(this.voice, type, datagram, this.#accept?.sessionId)
    if (news === undefined) return this.#ignore()
    // Receipts come when streams may have ended: they show that the far end lives.
    if (!this.#silent) this.#heardNs = nowNs
    return news
  }

  #sayName(type: 'keep-alive' | 'close'): void {
    if (this.#accept !== undefined) this.voice.sayName(type, this.#accept.sessionId)
  }

  #ignore(): undefined {
    this.ignored += 1
    return undefined
  }
}
