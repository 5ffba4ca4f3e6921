import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { keyedHash } from '../../../agent/engine/keyed-hash.ts'
import {
  type ControlType,
  decodeControlHeader,
  encodeControl,
  openControl,
} from '../../../shared/wire/control.ts'
import { type Cookies, deriveCookies } from '../../../shared/wire/cookies.ts'
import type { Field } from '../../../shared/wire/fields.ts'
import { writeProbeOut } from '../../../shared/wire/probe.ts'
import { RTP_HEADER, writeRtp } from '../../../shared/wire/rtp.ts'
import {
  type Accept,
  acceptBody,
  challengeBody,
  NO_TOKEN,
  OPEN_BYTES,
  type Open,
  openBody,
} from '../../../shared/wire/session-open.ts'

export interface Key {
  readonly id: string
  readonly secret: string
}

export const usualOpen: Open = {
  nonce: 'ab'.repeat(16),
  token: NO_TOKEN,
  streams: 1,
  payloadBytes: 160,
  tos: 184,
  lifetimeSeconds: 60,
}

/** A message of the agent's side, sealed under `key`. */
export function message<T>(
  key: Key,
  type: ControlType,
  body: Field<T>,
  value: T,
  bytes: number,
): Uint8Array {
  const header = { type, transaction: randomBytes(8).toString('hex'), keyId: key.id }
  return encodeControl(header, body, value, bytes, Buffer.from(key.secret), keyedHash)
}

export function openMessage(key: Key, open: Partial<Open> = {}): Uint8Array {
  return message(key, 'open', openBody, { ...usualOpen, ...open }, OPEN_BYTES)
}

/** A UDP socket that talks to a reflector by hand, one answer at a time. */
export class Caller {
  readonly socket: Socket
  readonly #port: number
  readonly #answers: Uint8Array[] = []
  readonly #waiting: ((answer: Uint8Array) => void)[] = []
  /** Octets sent and received. */
  asked = 0
  answered = 0

  private constructor(socket: Socket, port: number) {
    this.socket = socket
    this.#port = port
    socket.on('message', (answer) => {
      this.answered += answer.length
      const wake = this.#waiting.shift()
      if (wake === undefined) this.#answers.push(answer)
      else wake(answer)
    })
  }

  static async to(port: number): Promise<Caller> {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    return new Caller(socket, port)
  }

  say(datagram: Uint8Array): void {
    this.asked += datagram.length
    this.socket.send(datagram, this.#port, '127.0.0.1')
  }

  /** The next datagram that comes back. */
  answer(): Promise<Uint8Array> {
    const ready = this.#answers.shift()
    if (ready !== undefined) return Promise.resolve(ready)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async ask(datagram: Uint8Array): Promise<Uint8Array> {
    this.say(datagram)
    return this.answer()
  }

  /** Runs the handshake and returns the accept with the session's cookies. */
  async open(
    key: Key,
    open: Partial<Open> = {},
  ): Promise<{ readonly accept: Accept; readonly cookies: Cookies; readonly proof: Uint8Array }> {
    const nonce = randomBytes(16).toString('hex')
    const challenge = read(key, await this.ask(openMessage(key, { ...open, nonce })), challengeBody)
    const proof = openMessage(key, { ...open, nonce, token: challenge.token })
    const accept = read(key, await this.ask(proof), acceptBody)
    const secret = Buffer.from(key.secret)
    const cookies = deriveCookies(nonce, challenge.token, accept.sessionId, secret, keyedHash)
    return { accept, cookies, proof }
  }

  close(): void {
    this.socket.close()
  }
}

/** The body of an answer; throws where it is not what was awaited. */
export function read<T>(key: Key, datagram: Uint8Array, body: Field<T>): T {
  const opened = openControl(datagram, body, Buffer.from(key.secret), keyedHash)
  if (!opened.ok) throw new Error(`${typeOf(datagram)}: ${opened.error.code}`)
  return opened.value
}

export function typeOf(datagram: Uint8Array): string {
  const header = decodeControlHeader(datagram)
  return header.ok ? header.value.type : header.error.code
}

/** One RTP packet of a session's call. */
export function rtpPacket(
  ssrc: number,
  sequence: number,
  cookies: Cookies,
  payloadBytes = 160,
  payloadType = 0,
): Uint8Array {
  const bytes = new Uint8Array(RTP_HEADER + payloadBytes)
  const view = new DataView(bytes.buffer)
  writeRtp(view, 0, false, payloadType, sequence, sequence * 160, ssrc)
  writeProbeOut(view, RTP_HEADER, 0, 0, sequence, cookies.outHigh, cookies.outLow)
  return bytes
}
