import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AccessDesk } from '../access/desk.ts'
import { type Enrolled, enrolAgent, invite } from '../access/enrolment.ts'
import type { Guard } from '../access/guard.ts'
import { EnrolAnswer, EnrolBody, EnrolTokenAnswer, EnrolTokenBody } from './access-schemas.ts'
import { adminRoute, jsonBody } from './admin-route.ts'
import { instant } from './answers.ts'
import { readBody } from './body.ts'
import { NoQuery, ProblemAnswer } from './schemas.ts'

export interface EnrolmentRoutes {
  readonly guard: Guard
  readonly desk: AccessDesk
  /** Address that agents reach the collector by; null: the one that the request was sent to. */
  readonly publicUrl: string | null
  /** SHA-256 of the collector's own SubjectPublicKeyInfo, base64url; null without a certificate. */
  readonly pin: () => string | null
  /** The ledger's log, where one is kept. */
  readonly log: () => { readonly origin: string; readonly vkey: string } | null
}

/** How an agent is let in: a one-time token is made, and the agent uses it with its new key. */
export function addEnrolmentRoutes(app: FastifyInstance, parts: EnrolmentRoutes): void {
  app.post(
    '/api/v1/enrol-tokens',
    adminRoute(
      parts.guard,
      'Make a one-time token for an agent, good for 24 hours',
      { 201: EnrolTokenAnswer },
      jsonBody(EnrolTokenBody),
    ),
    async (request, reply) => {
      const { site, agent = null, customer = null } = readBody(request, EnrolTokenBody)
      const { expiresMs, ...made } = await invite(parts.desk, {
        ...{ site, agent, customer, by: parts.guard.readerOf(request).name },
        collector: parts.publicUrl ?? addressOf(request),
        pin: parts.pin(),
      })
      return reply.code(201).send({ ...made, expiresAt: instant(expiresMs) })
    },
  )
  app.post(
    '/api/v1/enrol',
    {
      schema: {
        summary: 'Enrol an agent: use up its token, bring its key',
        tags: ['agents'],
        security: [],
        querystring: NoQuery,
        ...jsonBody(EnrolBody),
        response: { 201: EnrolAnswer, '4xx': ProblemAnswer },
      },
    },
    async (request, reply) => {
      const enrolled = await enrolAgent(parts.desk, readBody(request, EnrolBody))
      return reply.code(201).send({ ...keyAnswer(enrolled), log: parts.log() })
    },
  )
}

/** Milliseconds become instants. */
export function keyAnswer<T extends Pick<Enrolled, 'addedMs' | 'expiresMs'>>(key: T) {
  const { addedMs, expiresMs, ...rest } = key
  return { ...rest, addedAt: instant(addedMs), expiresAt: instant(expiresMs) }
}

function addressOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}
