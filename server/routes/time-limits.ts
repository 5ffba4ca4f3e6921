import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { problem } from '../problem.ts'

/** From the first octet of a request to its answer, where a route says nothing else. */
const LONGEST_MS = 10_000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route bounds its time by {@link limitTime}. */
    readonly ownTimeLimit?: true
  }
}

/** Bounds the time of every route that is added after it and does not do so itself. */
export function addTimeLimits(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.ownTimeLimit !== true) route.handlerTimeout ??= LONGEST_MS
  })
}

/**
 * The same limit without a signal that nobody listens to: the framework makes and aborts one for every
 * request, which costs a record a tenth of all that the collector's own thread does for it. To be
 * called before the body is read; the handler looks at `reply.sent` before it answers.
 */
export function limitTime(
  { raw }: FastifyRequest,
  reply: FastifyReply,
  longestMs = LONGEST_MS,
): void {
  const timer = setTimeout(() => {
    // A body that never ends is the sender's failing: it must not look like one of the collector.
    if (!reply.sent) reply.send(problem(raw.readableEnded ? 'timeout' : 'too-slow'))
  }, longestMs)
  reply.raw.once('close', () => clearTimeout(timer))
}
