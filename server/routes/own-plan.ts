import type { FastifyInstance } from 'fastify'
import * as v from 'valibot'
import { PlanReportSchema, SentPlanSchema } from '../../shared/plan/plan.ts'
import type { Guard } from '../access/guard.ts'
import type { KnownProfile } from '../judging/judging.ts'
import type { PlanDesk } from '../plans/plan-desk.ts'
import { problem } from '../problem.ts'
import type { PlanBook } from '../store/plans/book.ts'
import { jsonBody } from './admin-route.ts'
import { agentRoute } from './agent-route.ts'
import { readBody } from './body.ts'
import { OwnProfileParams, PlanReportAnswer } from './plan-schemas.ts'
import { namesTag, planTag } from './plan-tag.ts'
import { ProfileAnswer } from './schemas.ts'

export interface OwnPlanRoutes {
  readonly guard: Guard
  readonly plans: PlanDesk
  readonly store: { readonly plans: PlanBook }
  readonly profile: (sha256: string) => KnownProfile | null
  readonly nowMs: () => number
}

/** What an agent pulls for itself: its site's plan with the secrets, the profile it names; and its word. */
export function addOwnPlanRoutes(app: FastifyInstance, parts: OwnPlanRoutes): void {
  const { guard, plans } = parts
  const answers = { 200: SentPlanSchema, 304: v.null() }
  app.get(
    '/api/v1/agents/self/plan',
    agentRoute(guard, "The plan of the agent's site; 304 when If-None-Match names it", answers),
    async (request, reply) => {
      const { site } = await guard.requireAgent(request)
      const held = await plans.newest(site)
      if (held === null) throw problem('unknown-plan', { found: site })
      const { version, sha256 } = held.stored
      const tag = planTag(held.stored)
      reply.header('etag', tag).header('cache-control', 'no-store')
      if (namesTag(request.headers['if-none-match'], tag)) return reply.code(304).send()
      return { version, sha256, plan: held.plan }
    },
  )
  app.get<{ Params: v.InferOutput<typeof OwnProfileParams> }>(
    '/api/v1/agents/self/profiles/:sha256',
    agentRoute(
      guard,
      'A profile by its hash',
      { 200: ProfileAnswer },
      { params: OwnProfileParams },
    ),
    ({ params }) => {
      const known = parts.profile(params.sha256)
      if (known === null) throw problem('unknown-profile', { found: params.sha256 })
      return known
    },
  )
  addPlanReport(app, parts)
}

function addPlanReport(app: FastifyInstance, { guard, plans, ...parts }: OwnPlanRoutes): void {
  app.post(
    '/api/v1/agents/self/plan-report',
    agentRoute(
      guard,
      'Say whether a version of the plan was applied, and if not, why',
      { 200: PlanReportAnswer },
      jsonBody(PlanReportSchema),
    ),
    async (request) => {
      const { site, agent } = await guard.requireAgent(request)
      const { version, applied, why } = readBody(request, PlanReportSchema)
      const inForce = plans.version(site)
      if (version > inForce) {
        const found = String(version)
        throw problem('unknown-plan', { where: 'body.version', wanted: `<= ${inForce}`, found })
      }
      const now = applied ? version : null
      const report = { agent, version, applied: now, why, atMs: parts.nowMs() }
      await parts.store.plans.putReport(site, report)
      return { noted: true }
    },
  )
}
