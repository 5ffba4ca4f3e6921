import { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Well within the minute after which proxies give up on what says nothing. */
const TELL_EVERY_MS = 10_000

/** Tells a client, before its answer, that its work goes on. */
export interface Processing {
  /** So many others are before it. */
  readonly tell: (before: number) => void
  /** To be called before the answer is sent. */
  readonly end: () => void
}

/**
 * Interim answers for a client that asks for them (`Prefer: processing`, RFC 7240): 102 (RFC 2518
 * section 10.1, RFC 9110 section 15.2) at every change and every ten seconds, with how many others are before
 * it as `voip-ready-before`. Nothing for anybody else: not everything that stands between knows them.
 */
export function processing({ headers, raw }: FastifyRequest, reply: FastifyReply): Processing {
  const wanted = String(headers.prefer ?? '')
    .split(',')
    .some((one) => one.trim() === 'processing')
  if (!wanted || raw.httpVersion !== '1.1') return { tell: () => {}, end: () => {} }
  let last = 0
  const say = () => {
    const { socket } = reply.raw
    // Injected requests have none, and an answer that waits behind another one has none yet.
    if (!(socket instanceof Socket) || !socket.writable) return
    socket.write(`HTTP/1.1 102 Processing\r\nvoip-ready-before: ${last}\r\n\r\n`)
  }
  const clock = setInterval(say, TELL_EVERY_MS)
  clock.unref()
  const tell = (before: number) => {
    last = before
    say()
  }
  return { tell, end: () => clearInterval(clock) }
}
