import type { FastifyRequest } from 'fastify'
import { problem } from '../problem.ts'
import type { TokenBook } from './token-file.ts'
import { proveToken, type Token } from './tokens.ts'

/**
 * Who may read.
 *
 * - `loopback` (default): no token is needed when the collector listens on a loopback address *and*
 *   the request was addressed to a loopback name without having passed a proxy; else a viewer's token.
 * - `token`: always a viewer's token. Right behind a reverse proxy.
 * - `open`: whoever reaches the port may read. For closed networks, on the operator's word.
 *
 * Writing always needs an agent's token. (To come: viewers of one customer's sites, admins.)
 */
export type ReadAccess = 'loopback' | 'token' | 'open'

export interface GuardOptions {
  readonly readAccess: ReadAccess
  /** The address that the collector listens on, as configured. */
  readonly listenHost: string
  readonly book: TokenBook
}

export interface Guard {
  /** True when this request needs no token to read. */
  readonly readsFreely: (request: FastifyRequest) => boolean
  /** @throws Problem 401 without a token, 403 with one of another role */
  readonly requireReader: (request: FastifyRequest) => void
  /** The agent's token of a request. @throws Problem 401 or 403 */
  readonly requireAgent: (request: FastifyRequest) => Token & { readonly role: 'agent' }
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

/** Binds the rules above to a token book. */
export function makeGuard({ readAccess, listenHost, book }: GuardOptions): Guard {
  const prove = (request: FastifyRequest): Token => {
    const token = proveToken(request.headers.authorization, book.tokens())
    if (token !== null) return token
    throw problem('unauthorized', { where: 'header Authorization', wanted: 'Bearer <token>' })
  }
  const readsFreely = (request: FastifyRequest) =>
    readAccess === 'open' ||
    (readAccess === 'loopback' && isLoopback(listenHost) && addressedToLoopback(request))
  return {
    readsFreely,
    requireReader: (request) => {
      if (readsFreely(request)) return
      const { role } = prove(request)
      if (role !== 'viewer') throw problem('wrong-role', { wanted: 'viewer', found: role })
    },
    requireAgent: (request) => {
      const token = prove(request)
      if (token.role === 'agent') return token
      throw problem('wrong-role', { wanted: 'agent', found: token.role })
    },
  }
}

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}

/** A page of another origin cannot use a browser here: its requests carry its own host name. */
function addressedToLoopback(request: FastifyRequest): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  return isLoopback(host) && PROXY_HEADERS.every((name) => request.headers[name] === undefined)
}
