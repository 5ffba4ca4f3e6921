import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { problem } from '../problem.ts'
import type { AccessBook } from '../store/access/book.ts'
import type { LiveSession } from '../store/access/sessions.ts'

/** A session ends when it was idle for this long, and in any case when it is this old. */
export const IDLE_MS = 2 * 3_600_000
export const LONGEST_SESSION_MS = 12 * 3_600_000
const TOUCH_EVERY_MS = 60_000
export const CSRF_HEADER = 'x-csrf-token'
/** `__Host-`: only over TLS, only for this very host, for every path. */
const COOKIES = { plain: 'voip-ready-session', secure: '__Host-voip-ready-session' } as const
const ID = /^[A-Za-z0-9_-]{43}$/

export const digestOf = (id: string): string => createHash('sha256').update(id).digest('hex')

/**
 * The session's id that a request brings; undefined when it brings none. Over TLS by no other cookie than
 * the one that nobody but this very host can set: another could be somebody else's session.
 */
export function sessionId(request: FastifyRequest): string | undefined {
  const wanted = request.protocol === 'https' ? COOKIES.secure : COOKIES.plain
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value = ''] = part.trim().split('=')
    if (name === wanted) return ID.test(value) ? value : undefined
  }
  return undefined
}

/** `Set-Cookie` for a new session; an empty id takes the cookie away. */
export function sessionCookie(id: string, secure: boolean): string {
  const name = secure ? COOKIES.secure : COOKIES.plain
  const age = id === '' ? 0 : LONGEST_SESSION_MS / 1000
  const words = [`${name}=${id}`, 'Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${age}`]
  return [...words, ...(secure ? ['Secure'] : [])].join('; ')
}

/**
 * The session that a request's cookie names; null when there is none or it has ended. What changes
 * anything must also bring the session's CSRF token in its header: a page of another origin cannot.
 *
 * @throws Problem csrf
 */
export async function proveSession(
  request: FastifyRequest,
  book: AccessBook,
  nowMs: number,
): Promise<LiveSession | null> {
  const id = sessionId(request)
  if (id === undefined) return null
  const session = await book.findSession(digestOf(id))
  if (session === null) return null
  if (session.expiresMs <= nowMs || session.seenMs + IDLE_MS <= nowMs) return null
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const given = Buffer.from(digestOf(String(request.headers[CSRF_HEADER] ?? '')))
    if (!timingSafeEqual(given, Buffer.from(digestOf(session.csrf)))) {
      throw problem('csrf', { where: `header ${CSRF_HEADER}` })
    }
  }
  if (nowMs - session.seenMs > TOUCH_EVERY_MS) await book.touchSession(session.idSha256, nowMs)
  return session
}
