import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as v from 'valibot'
import { PlanSchema } from '../../shared/plan/plan.ts'
import { withoutSecrets } from '../../shared/plan/secrets.ts'
import type { ConfigProblem } from '../../shared/profile/problem.ts'
import { auditOf } from '../access/desk.ts'
import { problem } from '../problem.ts'
import type { AccessBook } from '../store/access/book.ts'
import type { PlanBook } from '../store/plans/book.ts'
import type { StoredPlanReport } from '../store/plans/plan-queries.ts'
import { adminRoute, jsonBody } from './admin-route.ts'
import { instant } from './answers.ts'
import { readBody } from './body.ts'
import {
  PlanAnswer,
  PlanParams,
  PlanPutAnswer,
  PlansAnswer,
  PlansQuery,
  PlanVersionsAnswer,
} from './plan-schemas.ts'
import { planTag, versionOfTag } from './plan-tag.ts'
import { readRoute } from './reading.ts'
import { type SeenSites, seen } from './site-seen.ts'

export interface PlanRoutes extends SeenSites {
  readonly store: { readonly plans: PlanBook }
  readonly access: Pick<AccessBook, 'writeAudit'>
  readonly nowMs: () => number
}

type Site = { readonly Params: v.InferOutput<typeof PlanParams> }
const DAY_MS = 86_400_000
const MOST_VERSIONS = 200
const MOST_LISTED = 100
/** A plan with its maintenance windows of years. */
export const PLAN_BYTES = 262_144
const LONGEST_TELLING = 2000

/** A site's plan: read, put into force, and looked back on. */
export function addPlanRoutes(app: FastifyInstance, parts: PlanRoutes): void {
  const { guard, store } = parts
  const params = { params: PlanParams }
  app.get<Site>(
    '/api/v1/sites/:site/plan',
    readRoute(guard, 'The plan in force, without its secrets', PlanAnswer, params),
    async (request, reply) => {
      const { site } = request.params
      await seen(parts, request, site)
      const held = await parts.plans.newest(site)
      if (held === null) throw problem('unknown-plan', { found: site })
      reply.header('etag', planTag(held.stored))
      return {
        ...{ site, ...versionAnswer(held.stored), plan: withoutSecrets(held.plan) },
        agents: await agentPlans(store.plans, site),
      }
    },
  )
  app.get<Site>(
    '/api/v1/sites/:site/plan/versions',
    readRoute(guard, 'Every version that was in force, newest first', PlanVersionsAnswer, params),
    async (request) => {
      const { site } = request.params
      await seen(parts, request, site)
      const versions = await store.plans.history(site, MOST_VERSIONS)
      return { site, versions: versions.map(versionAnswer) }
    },
  )
  addPlanList(app, parts)
  addPlanPut(app, parts)
}

function addPlanList(app: FastifyInstance, { guard, plans, store }: PlanRoutes): void {
  const summary = 'Sites that have a plan, and what their agents say of it'
  app.get<{ Querystring: v.InferOutput<typeof PlansQuery> }>(
    '/api/v1/plans',
    readRoute(guard, summary, PlansAnswer, { querystring: PlansQuery }),
    async (request) => {
      const { sees } = guard.readerOf(request)
      const sites = plans.sitesAfter(request.query.after ?? '', MOST_LISTED, sees)
      const listed = sites.map(async (site) => ({
        ...{ site, version: plans.version(site) },
        agents: await agentPlans(store.plans, site),
      }))
      const next = sites.length < MOST_LISTED ? null : (sites.at(-1) ?? null)
      return { plans: await Promise.all(listed), next }
    },
  )
}

function addPlanPut(app: FastifyInstance, parts: PlanRoutes): void {
  const answers = { 200: PlanPutAnswer, 201: PlanPutAnswer }
  const body = { ...jsonBody(PlanSchema), params: PlanParams }
  app.put<Site>(
    '/api/v1/sites/:site/plan',
    {
      ...adminRoute(
        parts.guard,
        'Put a plan into force: If-Match names the one before',
        answers,
        body,
      ),
      bodyLimit: PLAN_BYTES,
    },
    async (request, reply) => {
      const put = await putPlan(parts, request, request.params.site)
      reply.header('etag', planTag(put)).code(put.outcome === 'stored' ? 201 : 200)
      return put
    },
  )
}

/**
 * Version, agents' word on it, and the maintenance of now and the next day, for the site's own answer; null
 * where there is no plan.
 */
export async function planState(
  { plans, store, nowMs }: Pick<PlanRoutes, 'plans' | 'store' | 'nowMs'>,
  site: string,
) {
  const version = plans.version(site)
  if (version === 0) return null
  const [held, agents] = await Promise.all([plans.newest(site), agentPlans(store.plans, site)])
  const now = nowMs()
  const maintenance = (held?.plan.maintenance ?? [])
    .filter(({ from, to }) => Date.parse(to) > now && Date.parse(from) <= now + DAY_MS)
    .sort((a, b) => Date.parse(a.from) - Date.parse(b.from))
    .map(({ id, from, to, why }) => ({
      ...{ id, from: instant(Date.parse(from)), to: instant(Date.parse(to)), why },
    }))
  return { version, agents, maintenance }
}

async function putPlan(parts: PlanRoutes, request: FastifyRequest, site: string) {
  const { guard, plans, access } = parts
  const { name, sees } = guard.readerOf(request)
  if (!sees(site)) throw problem('unknown-site', { found: site })
  const expected = versionOfTag(request.headers['if-match'])
  const put = await plans.put(site, readBody(request, v.unknown()), expected, name)
  if (!put.ok)
    throw problem('plan-invalid', { where: 'body', wanted: 'a plan', found: told(put.error) })
  const { outcome, version, sha256 } = put.value
  if (outcome === 'stale') {
    const found = `version ${version} in force`
    throw problem('plan-stale', { where: 'header If-Match', wanted: `version ${expected}`, found })
  }
  if (outcome === 'stored') {
    await access.writeAudit(auditOf(parts, name, 'plan.put', site, { version, sha256 }))
  }
  return { outcome, site, version, sha256 }
}

async function agentPlans(book: PlanBook, site: string) {
  return (await book.reports(site)).map(agentPlan)
}

function agentPlan({ atMs, agent, version, applied, why }: StoredPlanReport) {
  return { agent, version, applied, why, at: instant(atMs) }
}

function versionAnswer(stored: {
  readonly version: number
  readonly sha256: string
  readonly atMs: number
  readonly by: string
}) {
  const { version, sha256, atMs, by } = stored
  return { version, sha256, at: instant(atMs), by }
}

/** Every place that is wrong, as the author reads it. */
function told(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(
    ({ path, wanted, found }) => `${path.join('.') || 'plan'}: wanted ${wanted}, found ${found}`,
  )
  return lines.join('; ').slice(0, LONGEST_TELLING)
}
