import type { FastifyInstance } from 'fastify'
import type { Readiness } from '../readiness.ts'
import { HealthAnswer, NoQuery, ReadyAnswer } from './schemas.ts'

export interface OperationRoutes {
  readonly readiness: Readiness
  readonly version: string
}

/** For the machinery around the collector: is it alive, can it work. */
export function addOperationRoutes(app: FastifyInstance, parts: OperationRoutes): void {
  const { readiness, version } = parts
  const tags = ['operations']
  const query = { tags, querystring: NoQuery }
  const alive = { ...query, summary: 'The process answers', response: { 200: HealthAnswer } }
  app.get('/healthz', { schema: alive }, () => ({ healthy: true, version }))
  const ready = {
    ...query,
    summary: 'Records can be taken; if not, why; and what is to be seen to',
    response: { 200: ReadyAnswer, 503: ReadyAnswer },
  }
  app.get('/readyz', { schema: ready }, async (_request, reply) => {
    const reasons = await readiness.reasons()
    const status = reasons.length === 0 ? 200 : 503
    // They are asked of the store: one that is away has been waited for once already.
    const away = reasons.some(({ what }) => what === 'store')
    const warnings = away ? [] : await readiness.warnings()
    return reply.code(status).send({ ready: reasons.length === 0, reasons, warnings })
  })
}
