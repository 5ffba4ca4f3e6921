import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import * as v from 'valibot'
import { problem } from '../problem.ts'
import { readerKey } from '../reader-limits.ts'
import { readRoute } from './reading.ts'
import { RunEventsQuery, RunParams } from './run-schemas.ts'
import { type RunRoutes, runOf } from './runs.ts'

type Watched = {
  readonly Params: v.InferOutput<typeof RunParams>
  readonly Querystring: v.InferOutput<typeof RunEventsQuery>
}
/** Longer than a watcher is kept. */
const HANDLER_MS = 20 * 60_000

/** What a run tells while it goes on, as server-sent events; resumes after Last-Event-ID. */
export function addRunEventRoute(app: FastifyInstance, parts: RunRoutes): void {
  const request = { params: RunParams, querystring: RunEventsQuery }
  const summary = 'Events of a run as they come (text/event-stream); resumes after Last-Event-ID'
  app.get<Watched>(
    '/api/v1/sites/:site/runs/:id/events',
    {
      ...readRoute(parts.guard, summary, v.string(), request),
      exposeHeadRoute: false,
      handlerTimeout: HANDLER_MS,
    },
    async (incoming, reply) => {
      const run = await runOf(parts, incoming, incoming.params)
      const said = incoming.headers['last-event-id'] ?? incoming.query.after
      const may = () =>
        parts.guard.requireReader(incoming).then(
          ({ sees }) => sees(run.site),
          () => false,
        )
      const reader = readerKey(parts.guard, incoming)
      const lines = parts.watchers.watch(run, numberOf(said), goneOf(reply), { reader, may })
      reply.header('content-type', 'text/event-stream').header('cache-control', 'no-store')
      // Proxies that gather answers would hold the news back.
      reply.header('x-accel-buffering', 'no')
      return reply.send(Readable.from(lines, { objectMode: false }))
    },
  )
  app.addHook('preClose', async () => parts.runs.close())
}

/** Made once: with each of its own, every answered question would take a stack's picture. */
const GONE = new DOMException('the client is gone, or has its answer', 'AbortError')

/** Aborted once the client is gone or the answer is complete. */
export function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(GONE))
  return gone.signal
}

function numberOf(said: string | string[] | undefined): number {
  if (said === undefined || said === '') return 0
  if (typeof said === 'string' && /^\d{1,5}$/.test(said)) return Number(said)
  const found = String(said).slice(0, 40)
  throw problem('bad-parameter', { where: 'header Last-Event-ID', wanted: 'a number', found })
}
