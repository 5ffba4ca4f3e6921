import type { FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import type { Guard } from '../access/guard.ts'
import { NoQuery, ProblemAnswer } from './schemas.ts'

/** What all routes have in common that only administrators may use. */
export function adminRoute(
  guard: Guard,
  summary: string,
  answers: { readonly [status: number]: v.GenericSchema },
  request: object = {},
) {
  return {
    onRequest: async (incoming: FastifyRequest) => {
      await guard.requireAdmin(incoming)
    },
    schema: {
      summary,
      tags: ['administration'],
      security: [{ bearer: [] }],
      querystring: NoQuery,
      ...request,
      response: { ...answers, '4xx': ProblemAnswer },
    },
  }
}

/** A JSON body as the description shows it; the handler reads it (body.ts). */
export function jsonBody(schema: v.GenericSchema) {
  return { body: { content: { 'application/json': { schema } } } }
}
