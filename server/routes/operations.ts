import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Guard } from '../access/guard.ts'
import type { OwnMetrics } from '../metrics/own.ts'
import type { SiteSeries } from '../metrics/site-series.ts'
import type { Readiness } from '../readiness.ts'
import { HealthAnswer, NoQuery, ReadyAnswer } from './schemas.ts'

export interface OperationRoutes {
  readonly guard: Guard
  readonly metrics: OwnMetrics
  readonly series: SiteSeries
  readonly readiness: Readiness
  readonly version: string
}

const SCRAPE_TIMEOUT_MS = 30_000

/** For the machinery around the collector: is it alive, can it work, what does it measure. */
export function addOperationRoutes(app: FastifyInstance, parts: OperationRoutes): void {
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'The process answers',
        tags: ['operations'],
        querystring: NoQuery,
        response: { 200: HealthAnswer },
      },
    },
    () => ({ healthy: true, version: parts.version }),
  )
  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Records can be taken; if not, why',
        tags: ['operations'],
        querystring: NoQuery,
        response: { 200: ReadyAnswer, 503: ReadyAnswer },
      },
    },
    async (_request, reply) => {
      const reasons = await parts.readiness.reasons()
      return reply.code(reasons.length === 0 ? 200 : 503).send({
        ready: reasons.length === 0,
        reasons,
      })
    },
  )
  app.get(
    '/metrics',
    {
      handlerTimeout: SCRAPE_TIMEOUT_MS,
      onRequest: async (request) => parts.guard.requireReader(request),
      schema: {
        summary: 'Prometheus text: the collector itself, then the newest window of every site',
        tags: ['operations'],
        security: [{ bearer: [] }, {}],
        querystring: NoQuery,
      },
    },
    (_request, reply) => {
      reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      return reply.send(Readable.from(exposition(parts)))
    },
  )
}

async function* exposition(parts: OperationRoutes): AsyncGenerator<string> {
  yield await parts.metrics.text()
  yield* parts.series.stream()
}
