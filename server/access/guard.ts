import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type RequestProof, TIME_HEADER } from '../../shared/evidence/agent-request.ts'
import { Problem, problem } from '../problem.ts'
import type { AccessBook } from '../store/access/book.ts'
import type { LiveSession } from '../store/access/sessions.ts'
import { checkSignedBody, isSigned, proveAgentRequest } from './agent-auth.ts'
import { Bearers, tokenWanted } from './bearer.ts'
import { askedHost, isLoopback, isOwnName } from './host-name.ts'
import type { KnownAccess } from './known.ts'
import type { AgentIdentity, Reader } from './principals.ts'
import { proveSession } from './sessions.ts'
import type { TokenBook } from './token-file.ts'

/**
 * Who may read.
 *
 * - `loopback` (default): no token is needed when the collector listens on a loopback address *and*
 *   the request was addressed to a loopback name without having passed a proxy; else a viewer's token.
 *   Where a proxy is said to stand in front of it, always a viewer's token: not every proxy shows itself.
 * - `token`: always a viewer's token or session. Right behind a reverse proxy.
 * - `open`: whoever reaches the port may read, and asks by an address or a name that is known to be the
 *   collector's. For closed networks, on the operator's word.
 *
 * Writing always needs an agent's signature or token; changing anything, an administrator.
 */
export type ReadAccess = 'loopback' | 'token' | 'open'

export interface GuardOptions {
  readonly readAccess: ReadAccess
  /** The address that the collector listens on, as configured. */
  readonly listenHost: string
  /** A proxy stands in front of the collector; left out: none is known of. */
  readonly behindProxy?: boolean
  /** Names that `open` readers may ask by, besides addresses and loopback names; left out: none. */
  readonly ownNames?: readonly string[]
  /** The token file. */
  readonly book: TokenBook
  readonly access: AccessBook
  readonly known: KnownAccess
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
}

export interface Guard {
  /** True when this request needs no token to read. */
  readonly readsFreely: (request: FastifyRequest) => boolean
  /** Who reads, and which sites he may see. @throws Problem 401 without a token, 403 of another role */
  readonly requireReader: (request: FastifyRequest) => Promise<Reader>
  /** Who administers. @throws Problem 401 or 403 */
  readonly requireAdmin: (request: FastifyRequest) => Promise<Reader>
  /** Which agent asks, by signature or token. @throws Problem 401 or 403 */
  readonly requireAgent: (request: FastifyRequest) => Promise<AgentIdentity>
  /**
   * The agent whose token or signature came with records; null without any: then each record's own
   * signature must speak for it (server/access/record-signatures.ts). @throws Problem 401 or 403
   */
  readonly senderOf: (request: FastifyRequest) => Promise<AgentIdentity | null>
  /** The session that a browser's cookie names. @throws Problem 401 without one, csrf */
  readonly requireSession: (request: FastifyRequest) => Promise<LiveSession>
  /** The reader that requireReader or requireAdmin found for this request, for its handler. */
  readonly readerOf: (request: FastifyRequest) => Reader
  /** Hooks that every route needs; to be called once, before routes are added. */
  readonly install: (app: FastifyInstance) => void
}

/** What proxies add of their own. */
const PROXY_HEADER =
  /^(forwarded|via|x-forwarded-.+|x-original-.+|x-real-ip|x-client-ip|true-client-ip|cf-.+)$/
const NOBODY: Reader = { name: 'nobody', role: 'viewer', customer: null, sees: () => false }
const ANYONE: Reader = { name: 'anyone', role: 'viewer', customer: null, sees: () => true }

interface Bound extends GuardOptions {
  readonly bearers: Bearers
  readonly readers: WeakMap<FastifyRequest, Reader>
  readonly proofs: WeakMap<FastifyRequest, RequestProof>
}

/** Binds the rules above to what is known of tokens, keys and sessions. */
export function makeGuard(options: GuardOptions): Guard {
  const bearers = new Bearers(options.book, options.known, options.access)
  const bound: Bound = { ...options, bearers, readers: new WeakMap(), proofs: new WeakMap() }
  return {
    readsFreely: (request) => readsFreely(bound, request),
    senderOf: (request) => senderOf(bound, request),
    requireReader: (request) => requireReader(bound, request),
    requireAdmin: (request) => requireAdmin(bound, request),
    requireAgent: (request) => requireAgent(bound, request),
    requireSession: async (request) => {
      const session = await proveSession(request, bound.access, bound.nowMs())
      if (session === null) throw problem('unauthorized', { where: 'header Cookie' })
      return session
    },
    readerOf: (request) => bound.readers.get(request) ?? NOBODY,
    install: (app) => installHooks(app, bound),
  }
}

function readsFreely(
  { readAccess, listenHost, behindProxy, ownNames = [] }: Bound,
  request: FastifyRequest,
): boolean {
  if (readAccess === 'open') return isOwnName(request.headers.host, ownNames)
  if (readAccess !== 'loopback' || behindProxy === true) return false
  return isLoopback(listenHost) && addressedToLoopback(request)
}

async function requireReader(bound: Bound, request: FastifyRequest): Promise<Reader> {
  const reader = await provePerson(bound, request)
  if (reader !== 'agent' && !(reader instanceof Problem)) return found(bound, request, reader)
  if (readsFreely(bound, request)) return found(bound, request, ANYONE)
  if (bound.readAccess === 'open' && request.headers.authorization === undefined) {
    throw problem('wrong-host', { where: 'header Host', found: request.headers.host ?? 'none' })
  }
  if (reader instanceof Problem) throw reader
  throw problem('wrong-role', roles('viewer', reader))
}

async function requireAdmin(bound: Bound, request: FastifyRequest): Promise<Reader> {
  const reader = await provePerson(bound, request)
  if (reader instanceof Problem) throw reader
  const role = reader === 'agent' ? reader : reader.role
  if (reader === 'agent' || role !== 'admin') throw problem('wrong-role', roles('admin', role))
  return found(bound, request, reader)
}

function found({ readers }: Bound, request: FastifyRequest, reader: Reader): Reader {
  readers.set(request, reader)
  return reader
}

async function requireAgent(bound: Bound, request: FastifyRequest): Promise<AgentIdentity> {
  const agent = await senderOf(bound, request)
  if (agent === null) throw tokenWanted()
  await refuseDowngrade(bound.known, request, agent)
  return agent
}

async function senderOf(bound: Bound, request: FastifyRequest): Promise<AgentIdentity | null> {
  const { known, proofs, nowMs } = bound
  if (request.headers.authorization === undefined) return null
  const before = proofs.get(request)
  if (before !== undefined) return before
  if (!isSigned(request)) return agentOf(bound, request)
  const proof = await proveAgentRequest(request, known, nowMs())
  proofs.set(request, proof)
  return proof
}

/** A token of an agent that has a key of its own no longer speaks for it. */
async function refuseDowngrade(
  known: KnownAccess,
  request: FastifyRequest,
  { site, agent }: AgentIdentity,
): Promise<void> {
  if (isSigned(request) || (await known.fresh()).keysOf(site, agent).size === 0) return
  throw problem('must-sign', { where: 'header Authorization', found: `a token of ${agent}` })
}

/** The person behind a session or a token; `agent` for an agent's token, else why there is nobody. */
async function provePerson(
  { access, known, nowMs, bearers }: Bound,
  request: FastifyRequest,
): Promise<Reader | 'agent' | Problem> {
  if (isSigned(request)) return 'agent'
  if (request.headers.authorization === undefined) {
    const session = await proveSession(request, access, nowMs())
    if (session === null) return tokenWanted()
    return reader(await known.fresh(), `user:${session.account}`, session)
  }
  const token = await bearers.prove(request.headers.authorization, nowMs())
  if (token instanceof Problem) return token
  if (token.role === 'agent') return 'agent'
  return reader(await known.fresh(), `token:${token.name}`, token)
}

function reader(
  known: KnownAccess,
  name: string,
  { role, customer }: Pick<Reader, 'role' | 'customer'>,
): Reader {
  const sees = (site: string) => customer === null || known.site(site)?.customer === customer
  return { name, role, customer, sees }
}

async function agentOf(bound: Bound, request: FastifyRequest): Promise<AgentIdentity> {
  const bearer = await bound.bearers.prove(request.headers.authorization, bound.nowMs())
  if (bearer instanceof Problem) throw bearer
  if (bearer.role === 'agent') return bearer
  throw problem('wrong-role', roles('agent', bearer.role))
}

/** A signed request's body is compared when it is here, and tells the time to who must sign again. */
function installHooks(app: FastifyInstance, { proofs, nowMs }: Bound): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isSigned(request)) reply.header(TIME_HEADER, nowMs())
  })
  app.addHook('preValidation', async (request) => {
    const proof = proofs.get(request)
    if (proof !== undefined) checkSignedBody(proof, request.body)
  })
}

const roles = (wanted: string, found: string) => ({ wanted, found })

/**
 * A page of another origin cannot use a browser here: its requests carry its own host name. A proxy that
 * was told nothing names the collector's own address instead, and only its version of HTTP shows it.
 */
function addressedToLoopback({ headers, raw }: FastifyRequest): boolean {
  if (raw.httpVersion === '1.0' || raw.url?.startsWith('/') !== true) return false
  return (
    isLoopback(askedHost(headers.host)) &&
    !Object.keys(headers).some((name) => PROXY_HEADER.test(name))
  )
}
