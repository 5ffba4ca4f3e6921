import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as v from 'valibot'
import { type AccessDesk, auditOf } from '../access/desk.ts'
import type { Guard } from '../access/guard.ts'
import { signIn } from '../access/people.ts'
import { RefusedSignIns } from '../access/refused-sign-ins.ts'
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
export function addSessionRoutes(app: FastifyInstance, parts: SessionRoutes): void {
  addWhoAmI(app, parts)
  addSignIn(app, parts)
  addSignOut(app, parts)
}

function addWhoAmI(app: FastifyInstance, { guard, desk }: SessionRoutes): void {
  const schema = {
    ...{ summary: 'Who reads here', tags, security: [{ bearer: [] }, {}] },
    ...{ querystring: NoQuery, response: { 200: SessionAnswer, '4xx': ProblemAnswer } },
  }
  const onRequest = async (request: FastifyRequest) => {
    await guard.requireReader(request)
  }
  app.get('/api/v1/session', { schema, onRequest }, async (request) => {
    const { name, role, customer } = guard.readerOf(request)
    if (!name.startsWith('user:')) return { name, role, customer, csrf: null }
    const session = await proveSession(request, desk.book, desk.nowMs())
    return { name, role, customer, csrf: session?.csrf ?? null }
  })
}

function addSignIn(app: FastifyInstance, { desk }: SessionRoutes): void {
  const refused = new RefusedSignIns(desk)
  const schema = {
    ...{ summary: 'Sign in', tags, security: [], querystring: NoQuery },
    ...jsonBody(SignInBody),
    response: { 201: SessionAnswer, '4xx': ProblemAnswer },
  }
  app.post('/api/v1/session', { schema }, async (request, reply) => {
    const { name, password } = readBody(request, SignInBody)
    const { id, ...rest } = await signIn(desk, refused, { name, password, address: request.ip })
    reply.header('set-cookie', sessionCookie(id, request.protocol === 'https'))
    return reply.code(201).send({ ...rest, name: `user:${rest.name}` })
  })
}

function addSignOut(app: FastifyInstance, { guard, desk }: SessionRoutes): void {
  const schema = {
    ...{ summary: 'Sign out', tags, security: [{ session: [] }], querystring: NoQuery },
    response: { 204: v.null(), '4xx': ProblemAnswer },
  }
  const onRequest = async (request: FastifyRequest) => {
    await guard.requireSession(request)
  }
  app.delete('/api/v1/session', { schema, onRequest }, async (request, reply) => {
    const { account, idSha256 } = await guard.requireSession(request)
    await desk.book.endSession(idSha256, auditOf(desk, `user:${account}`, 'session.end', null))
    reply.header('set-cookie', sessionCookie('', request.protocol === 'https'))
    return reply.code(204).send()
  })
}
