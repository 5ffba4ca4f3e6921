import type { FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import type { Guard } from '../access/guard.ts'
import { NoQuery, ProblemAnswer } from './schemas.ts'

/** What all routes have in common that only an agent may use, for itself. */
export function agentRoute(
  guard: Guard,
  summary: string,
  answers: { readonly [status: number]: v.GenericSchema },
  request: object = {},
) {
  return {
    exposeHeadRoute: false,
    onRequest: async (incoming: FastifyRequest) => {
      await guard.requireAgent(incoming)
    },
    schema: {
      summary,
      tags: ['agents'],
      security: [{ agent: [] }, { bearer: [] }],
      querystring: NoQuery,
      ...request,
      response: { ...answers, '4xx': ProblemAnswer },
    },
  }
}
