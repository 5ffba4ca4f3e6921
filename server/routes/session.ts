import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type AccessDesk, auditOf } from '../access/desk.ts'
import type { Guard } from '../access/guard.ts'
import { signIn } from '../access/people.ts'
import { proveSession, sessionCookie } from '../access/sessions.ts'
import { SessionAnswer, SignInBody } from './access-schemas.ts'
import { jsonBody } from './admin-route.ts'
import { readBody } from './body.ts'
import { NoQuery, ProblemAnswer } from './schemas.ts'

export interface SessionRoutes {
  readonly guard: Guard
  readonly desk: AccessDesk
}

const tags = ['readers']

/** Sessions of browsers: who am I, sign in, sign out. */
export function addSessionRoutes(app: FastifyInstance, { guard, desk }: SessionRoutes): void {
  const session = (request: FastifyRequest) => proveSession(request, desk.book, desk.nowMs())
  app.get(
    '/api/v1/session',
    {
      onRequest: async (request) => {
        await guard.requireReader(request)
      },
      schema: {
        ...{ summary: 'Who reads here', tags, security: [{ bearer: [] }, {}] },
        ...{ querystring: NoQuery, response: { 200: SessionAnswer, '4xx': ProblemAnswer } },
      },
    },
    async (request) => {
      const { name, role, customer } = guard.readerOf(request)
      const csrf = name.startsWith('user:') ? ((await session(request))?.csrf ?? null) : null
      return { name, role, customer, csrf }
    },
  )
  app.post(
    '/api/v1/session',
    {
      schema: {
        ...{ summary: 'Sign in', tags, security: [], querystring: NoQuery },
        ...jsonBody(SignInBody),
        response: { 201: SessionAnswer, '4xx': ProblemAnswer },
      },
    },
    async (request, reply) => {
      const { name, password } = readBody(request, SignInBody)
      const signed = await signIn(desk, { name, password, address: request.ip })
      const { id, ...rest } = signed
      reply.header('set-cookie', sessionCookie(id, request.protocol === 'https'))
      return reply.code(201).send({ ...rest, name: `user:${rest.name}` })
    },
  )
  app.delete(
    '/api/v1/session',
    {
      schema: {
        ...{ summary: 'Sign out', tags, security: [{ session: [] }], querystring: NoQuery },
        response: { '4xx': ProblemAnswer },
      },
      onRequest: async (request) => {
        await guard.requireSession(request)
      },
    },
    async (request, reply) => {
      const { account, idSha256 } = await guard.requireSession(request)
      await desk.book.endSession(idSha256, auditOf(desk, `user:${account}`, 'session.end', null))
      reply.header('set-cookie', sessionCookie('', request.protocol === 'https'))
      return reply.code(204).send()
    },
  )
}
