import type { FastifyInstance, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import type { Guard } from '../access/guard.ts'
import type { LiveSite, LiveSites } from '../ingest/live.ts'
import type { Judging, KnownProfile } from '../judging/judging.ts'
import { problem } from '../problem.ts'
import { instant, judgedAnswer, siteSummary } from './answers.ts'
import {
  AtQuery,
  FindingsAnswer,
  NoQuery,
  ProblemAnswer,
  ProfileAnswer,
  ProfileParams,
  SiteAnswer,
  SiteParams,
  SitesAnswer,
} from './schemas.ts'

export interface SiteRoutes {
  readonly guard: Guard
  readonly live: LiveSites
  readonly judging: Judging
  readonly profile: (sha256: string) => KnownProfile | null
  readonly nowMs: () => number
}

/** What was judged: all sites, one site, one quarter hour of it; and the profile judged by. */
export function addSiteRoutes(app: FastifyInstance, parts: SiteRoutes): void {
  const { judging, nowMs } = parts
  app.get(
    '/api/v1/sites',
    read(parts, 'Every site, by its newest window', SitesAnswer),
    (request) => {
      const { sees } = parts.guard.readerOf(request)
      const names = parts.live.names().filter(sees)
      const sites = names.flatMap((name) => parts.live.get(name) ?? [])
      return {
        now: instant(nowMs()),
        sites: sites.map((site) => siteSummary(site, judging, nowMs())),
      }
    },
  )
  app.get<{ Params: Site }>(
    '/api/v1/sites/:site',
    read(parts, 'One site with the findings of its newest window', SiteAnswer, ONE_SITE),
    (request) => {
      const site = siteOf(parts, request, request.params.site)
      const window = judgedAnswer(judging.window(site))
      return { now: instant(nowMs()), ...siteSummary(site, judging, nowMs()), window }
    },
  )
  app.get<{ Params: Site; Querystring: v.InferOutput<typeof AtQuery> }>(
    '/api/v1/sites/:site/findings',
    read(parts, AT_SUMMARY, FindingsAnswer, { ...ONE_SITE, querystring: AtQuery }),
    async (request) => {
      const site = siteOf(parts, request, request.params.site)
      const { at } = request.query
      const atMs = at === undefined ? null : Date.parse(at)
      const judged = await judging.interval(site, atMs)
      return { now: instant(nowMs()), site: site.site, ...judgedAnswer(judged) }
    },
  )
  addProfileRoute(app, parts)
}

function addProfileRoute(app: FastifyInstance, parts: SiteRoutes): void {
  app.get<{ Params: v.InferOutput<typeof ProfileParams> }>(
    '/api/v1/profiles/:sha256',
    read(parts, 'A profile by its hash', ProfileAnswer, { params: ProfileParams }),
    ({ params }) => {
      const known = parts.profile(params.sha256)
      if (known === null) throw problem('unknown-profile', { found: params.sha256 })
      return known
    },
  )
}

type Site = v.InferOutput<typeof SiteParams>
const ONE_SITE = { params: SiteParams }
const AT_SUMMARY = 'Findings of the quarter hour that contains `at` (default: the newest)'

/** What all routes that read have in common. */
function read(parts: SiteRoutes, summary: string, answer: v.GenericSchema, request: object = {}) {
  return {
    onRequest: async (incoming: FastifyRequest) => {
      await parts.guard.requireReader(incoming)
    },
    schema: {
      summary,
      tags: ['readers'],
      security: [{ bearer: [] }, {}],
      querystring: NoQuery,
      ...request,
      response: { 200: answer, '4xx': ProblemAnswer },
    },
  }
}

/** A site that this reader may not see does not exist for him. */
function siteOf(parts: SiteRoutes, request: FastifyRequest, name: string): LiveSite {
  const { sees } = parts.guard.readerOf(request)
  const site = sees(name) ? parts.live.get(name) : null
  if (site === null) throw problem('unknown-site', { found: name })
  return site
}
