import type { FastifyInstance } from 'fastify'
import type * as v from 'valibot'
import { type AccessDesk, auditOf, changing } from '../access/desk.ts'
import type { Guard } from '../access/guard.ts'
import { addUser, changeUser } from '../access/people.ts'
import { problem } from '../problem.ts'
import {
  AuditAnswer,
  AuditQuery,
  SiteEntryAnswer,
  SiteEntryBody,
  UserAnswer,
  UserBody,
  UserChangeBody,
  UserParams,
  UsersAnswer,
} from './access-schemas.ts'
import { adminRoute, jsonBody } from './admin-route.ts'
import { instant } from './answers.ts'
import { readBody } from './body.ts'
import { SiteParams } from './schemas.ts'

export interface AdministrationRoutes {
  readonly guard: Guard
  readonly desk: AccessDesk
}

const AUDIT_DEFAULT = 100

/** Whose sites these are, who may sign in, and what was done. */
export function addAdministrationRoutes(app: FastifyInstance, parts: AdministrationRoutes): void {
  addSiteEntryRoute(app, parts)
  addUserRoutes(app, parts)
  const { guard, desk } = parts
  app.get<{ Querystring: v.InferOutput<typeof AuditQuery> }>(
    '/api/v1/audit',
    adminRoute(
      guard,
      'What was done, newest first',
      { 200: AuditAnswer },
      { querystring: AuditQuery },
    ),
    async (request) => {
      const { site = null, before = null, limit } = request.query
      const { sees } = guard.readerOf(request)
      const most = limit === undefined ? AUDIT_DEFAULT : Number(limit)
      const found = await desk.book.readAudit({ site, before, limit: most })
      const mine = found.filter((entry) => entry.site === null || sees(entry.site))
      return { entries: mine.map(({ atMs, ...entry }) => ({ ...entry, at: instant(atMs) })) }
    },
  )
}

function addSiteEntryRoute(app: FastifyInstance, { guard, desk }: AdministrationRoutes): void {
  app.put<{ Params: v.InferOutput<typeof SiteParams> }>(
    '/api/v1/sites/:site/entry',
    adminRoute(
      guard,
      'Enter a site: its customer and labels',
      { 200: SiteEntryAnswer },
      { ...jsonBody(SiteEntryBody), params: SiteParams },
    ),
    async (request) => {
      const { site } = request.params
      const { customer, labels = {} } = readBody(request, SiteEntryBody)
      const { name } = guard.readerOf(request)
      const audit = auditOf(desk, name, 'site.enter', site, { customer, ...labels })
      const entry = { site, customer, labels, addedMs: desk.nowMs() }
      await changing(desk, () => desk.book.putSite(entry, audit))
      return { site, customer, labels }
    },
  )
}

function addUserRoutes(app: FastifyInstance, { guard, desk }: AdministrationRoutes): void {
  app.get(
    '/api/v1/users',
    adminRoute(guard, 'Who may sign in', { 200: UsersAnswer }),
    async () => ({
      users: (await desk.book.users()).map(({ password: _, addedMs, lastLoginMs, ...user }) => ({
        ...user,
        addedAt: instant(addedMs),
        lastLoginAt: lastLoginMs === null ? null : instant(lastLoginMs),
      })),
    }),
  )
  app.post(
    '/api/v1/users',
    adminRoute(guard, 'Let somebody sign in', { 201: UserAnswer }, jsonBody(UserBody)),
    async (request, reply) => {
      const { name, password, role, customer = null } = readBody(request, UserBody)
      const user = { name, password, role, customer }
      await addUser(desk, user, guard.readerOf(request).name)
      return reply.code(201).send({ name, role, customer, disabled: false })
    },
  )
  app.patch<{ Params: v.InferOutput<typeof UserParams> }>(
    '/api/v1/users/:name',
    adminRoute(
      guard,
      'Set a password, or shut or open an account; its sessions end',
      { 200: UserAnswer },
      { ...jsonBody(UserChangeBody), params: UserParams },
    ),
    async (request) => {
      const { name } = request.params
      await changeUser(desk, name, readBody(request, UserChangeBody), guard.readerOf(request).name)
      const user = await desk.book.findUser(name)
      if (user === null) throw problem('unknown-user', { found: name })
      const { role, customer, disabled } = user
      return { name, role, customer, disabled }
    },
  )
}
