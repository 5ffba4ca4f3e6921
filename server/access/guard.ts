import type { FastifyRequest } from 'fastify'
import { problem } from '../problem.ts'
import type { AgentIdentity, Reader } from './principals.ts'
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
 * Writing always needs an agent's token.
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
  /** Who reads, and which sites he may see. @throws Problem 401 without a token, 403 of another role */
  readonly requireReader: (request: FastifyRequest) => Promise<Reader>
  /** Who administers. @throws Problem 401 or 403 */
  readonly requireAdmin: (request: FastifyRequest) => Promise<Reader>
  /** Which agent asks. @throws Problem 401 or 403 */
  readonly requireAgent: (request: FastifyRequest) => Promise<AgentIdentity>
  /** The reader that requireReader or requireAdmin found for this request, for its handler. */
  readonly readerOf: (request: FastifyRequest) => Reader
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
  const readers = new WeakMap<FastifyRequest, Reader>()
  const found = (request: FastifyRequest, reader: Reader) => {
    readers.set(request, reader)
    return reader
  }
  const everything = (name: string): Reader => ({ name, sees: () => true })
  return {
    readsFreely,
    requireReader: async (request) => {
      if (readsFreely(request)) return found(request, everything('anyone'))
      const token = prove(request)
      if (token.role === 'viewer') return found(request, everything(token.name))
      throw problem('wrong-role', { wanted: 'viewer', found: token.role })
    },
    requireAdmin: async (request) => {
      const { role } = prove(request)
      throw problem('wrong-role', { wanted: 'admin', found: role })
    },
    readerOf: (request) => readers.get(request) ?? { name: 'nobody', sees: () => false },
    requireAgent: async (request) => {
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
