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
  const { guard, readiness, version } = parts
  const tags = ['operations']
  const query = { tags, querystring: NoQuery }
  const alive = { ...query, summary: 'The process answers', response: { 200: HealthAnswer } }
  app.get('/healthz', { schema: alive }, () => ({ healthy: true, version }))
  const ready = {
    ...query,
    summary: 'Records can be taken; if not, why',
    response: { 200: ReadyAnswer, 503: ReadyAnswer },
  }
  app.get('/readyz', { schema: ready }, async (_request, reply) => {
    const reasons = await readiness.reasons()
    const status = reasons.length === 0 ? 200 : 503
    return reply.code(status).send({ ready: reasons.length === 0, reasons })
  })
  const scrape = {
    ...query,
    summary: 'Prometheus text: the collector itself, then the newest window of every site',
    security: [{ bearer: [] }, {}],
  }
  app.get(
    '/metrics',
    {
      schema: scrape,
      handlerTimeout: SCRAPE_TIMEOUT_MS,
      onRequest: async (request) => {
        await guard.requireReader(request)
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
