import {
  type ControlType,
  controlBytes,
  decodeControlHeader,
  encodeControl,
  openControl,
} from '../../shared/wire/control.ts'
import { type Cookies, deriveCookies } from '../../shared/wire/cookies.ts'
import type { Field } from '../../shared/wire/fields.ts'
import { SESSION_NAME_BYTES, sessionNameBody } from '../../shared/wire/session-keep.ts'
import { OPEN_BYTES, openBody } from '../../shared/wire/session-open.ts'
import type { ClientMeans, SessionWants } from './session-news.ts'
import type { AccessKey } from './types.ts'

/** What is asked for; keep-alives renew it. */
const LIFETIME_SECONDS = 3600
const MANY_UNDER_WAY: ReadonlySet<ControlType> = new Set(['receipt-request', 'statement-request'])
const ANSWERS: ReadonlySet<ControlType> = new Set(['challenge', 'accept', 'refused', 'alive'])
const NO_BODY: Field<null> = { bytes: 0, read: () => null, write: () => undefined }

/** Speaks control messages under one access key: seals what is said, opens what is heard. */
export class ControlVoice {
  readonly #key: AccessKey
  readonly #secret: Uint8Array
  readonly #means: ClientMeans
  /** Of the newest question save receipt requests, of which many are under way. */
  transaction = ''

  constructor(key: AccessKey, means: ClientMeans) {
    this.#key = key
    this.#secret = Buffer.from(key.secret, 'utf8')
    this.#means = means
  }

  say<T>(type: ControlType, body: Field<T>, value: T, bytes: number): void {
    const transaction = this.hex(8)
    if (!MANY_UNDER_WAY.has(type)) this.transaction = transaction
    const header = { type, transaction, keyId: this.#key.id }
    this.#means.send(encodeControl(header, body, value, bytes, this.#secret, this.#means.hash))
  }

  sayOpen(wants: SessionWants, nonce: string, token: string): void {
    const { streams, payloadBytes, tos } = wants
    const open = { nonce, token, streams, payloadBytes, tos, lifetimeSeconds: LIFETIME_SECONDS }
    this.say('open', openBody, open, OPEN_BYTES)
  }

  sayName(type: 'keep-alive' | 'close', sessionId: string): void {
    this.say(type, sessionNameBody, { sessionId }, SESSION_NAME_BYTES)
  }

  /** The body of an answer; undefined where it is too short or its digest is wrong. */
  read<T>(datagram: Uint8Array, body: Field<T>): T | undefined {
    if (datagram.length < controlBytes(body)) return undefined
    const opened = openControl(datagram, body, this.#secret, this.#means.hash)
    return opened.ok ? opened.value : undefined
  }

  /** Whether it is an answer to what was asked last, sealed with our key, whoever sent it. */
  isAnswer(datagram: Uint8Array): boolean {
    const header = decodeControlHeader(datagram)
    if (!header.ok || header.value.keyId !== this.#key.id) return false
    const { type, transaction } = header.value
    if (transaction !== this.transaction || !ANSWERS.has(type)) return false
    return openControl(datagram, NO_BODY, this.#secret, this.#means.hash).ok
  }

  cookies(nonce: string, token: string, sessionId: string): Cookies {
    return deriveCookies(nonce, token, sessionId, this.#secret, this.#means.hash)
  }

  hex(bytes: number): string {
    return Buffer.from(this.#means.random(bytes)).toString('hex')
  }
}
