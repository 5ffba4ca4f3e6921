import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OwnMetrics } from './metrics/own.ts'
import { isOutside } from './outside.ts'
import { PROBLEMS, Problem, type ProblemCode, problem, problemBody } from './problem.ts'
import { seldom } from './seldom.ts'
import { ThreadError } from './thread/calling-thread.ts'

/** The framework's own errors, as problems of ours. */
const FRAMEWORK: { readonly [code: string]: ProblemCode } = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media-type',
  FST_ERR_CTP_EMPTY_TYPE: 'media-type',
  FST_ERR_HANDLER_TIMEOUT: 'timeout',
  FST_ERR_NOT_FOUND: 'not-found',
  FST_ERR_MAX_PARAM_LENGTH: 'bad-parameter',
}

/** Counted as one: the problem itself says which. */
const UNAUTHORIZED: ReadonlySet<ProblemCode> = new Set([
  ...(['unauthorized', 'token-unknown', 'token-expired', 'token-revoked'] as const),
])

/** Each request would tell the same of a database that is away: once in so long. */
const AWAY_TOLD_MS = 60_000
const RETRY_AWAY_SECONDS = 5

/** Every error leaves as problem+json with a request id; every request is timed and logged. */
export function addErrorHandling(app: FastifyInstance, metrics: OwnMetrics): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.request(route, reply.statusCode, reply.elapsedTime / 1000)
    const level = reply.statusCode >= 400 ? 'info' : 'debug'
    const { method } = request
    // The path alone: somebody may have put a token into the query.
    const [url] = request.url.split('?', 1)
    const took = Math.round(reply.elapsedTime * 10) / 10
    request.log[level]({ method, url, status: reply.statusCode, tookMs: took }, 'request')
  })
  app.setNotFoundHandler((request, reply) => {
    answer(
      problem('not-found', { where: `${request.method} ${request.url.slice(0, 200)}` }),
      request,
      reply,
    )
  })
  const away = seldom(AWAY_TOLD_MS)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const found = toProblem(error, request)
    if (found.code === 'internal') request.log.error({ err: error }, 'internal error')
    if (found.code === 'store-away' && away()) {
      request.log.error({ err: error }, 'the database does not do what requests need')
    }
    if (UNAUTHORIZED.has(found.code)) metrics.refusal('unauthorized')
    answer(found, request, reply)
  })
}

function toProblem(error: FastifyError | Problem, { raw }: Pick<FastifyRequest, 'raw'>): Problem {
  if (error instanceof Problem) return error
  // A body that never ends is the sender's failing: it must not look like one of the collector.
  if (error.code === 'FST_ERR_HANDLER_TIMEOUT' && !raw.complete) return problem('too-slow')
  if ('validation' in error && error.cause instanceof Problem) return error.cause
  // Only a database's thread says so: elsewhere such a code may be a failing of ours.
  if (error instanceof ThreadError && isOutside(error)) {
    return new Problem('store-away', {}, RETRY_AWAY_SECONDS)
  }
  const code = FRAMEWORK[error.code]
  if (code !== undefined) return problem(code, { found: error.message })
  const status = error.statusCode ?? 500
  return status < 500 ? problem('bad-request', { found: error.message }) : problem('internal')
}

function answer(found: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const { status } = PROBLEMS[found.code]
  if (found.retryAfterSeconds !== null) reply.header('retry-after', found.retryAfterSeconds)
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="voip-ready"')
  reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(found, request.id)))
}

/** Bytes that are not HTTP: answered once, in the same form, and the connection is closed. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const slow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const status = slow ? '408 Request Timeout' : '400 Bad Request'
  const body = JSON.stringify({
    type: 'urn:voip-ready:problem:bad-request',
    title: PROBLEMS['bad-request'].title,
    status: slow ? 408 : 400,
    repair: slow ? 'send the whole request within 10 seconds' : 'speak HTTP/1.1',
  })
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroySoon()
}
