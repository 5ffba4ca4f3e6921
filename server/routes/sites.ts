import type { FastifyInstance, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import { REASONS } from '../../shared/verdict/reasons.ts'
import { OVERALL } from '../history/roll.ts'
import type { Judging, KnownProfile } from '../judging/judging.ts'
import type { PlanDesk } from '../plans/plan-desk.ts'
import { problem } from '../problem.ts'
import type { Heartbeats } from '../runs/heartbeats.ts'
import type { HistoryBook } from '../store/history/book.ts'
import type { Run } from '../store/history/runs.ts'
import type { PlanBook } from '../store/plans/book.ts'
import { absentSummary, instant, judgedAnswer, siteSummary } from './answers.ts'
import { refuseLonger, spanOf } from './history.ts'
import { FindingsOrIntervals, FindingsQuery } from './history-schemas.ts'
import { planState } from './plans.ts'
import { type KnownSites, knownSiteOf, profileOf, readRoute } from './reading.ts'
import { ProfileAnswer, ProfileParams, SiteAnswer, SiteParams } from './schemas.ts'

export interface SiteRoutes extends KnownSites {
  readonly judging: Judging
  readonly heartbeats: Heartbeats
  readonly history: HistoryBook
  readonly plans: PlanDesk
  readonly store: { readonly plans: PlanBook }
  readonly profile: (sha256: string) => KnownProfile | null
  readonly nowMs: () => number
}

type Site = v.InferOutput<typeof SiteParams>
type Findings = v.InferOutput<typeof FindingsQuery>
const FINDINGS =
  'Findings of the quarter hour that contains `at` (default: the newest); with `from` or `to` ' +
  'the verdict intervals between'
const MOST_RUNS = 5000
const LONGEST_SPAN_MS = 1100 * 24 * 3_600_000

/** What was judged: one site, one quarter hour or a time of it; and the profile judged by. */
export function addSiteRoutes(app: FastifyInstance, parts: SiteRoutes): void {
  const { guard, judging, nowMs } = parts
  app.get<{ Params: Site }>(
    '/api/v1/sites/:site',
    readRoute(guard, 'One site with the findings of its newest window', SiteAnswer, {
      params: SiteParams,
    }),
    async (request) => {
      const site = await knownSiteOf(parts, request, request.params.site)
      const plan = await planState(parts, site.site)
      const now = nowMs()
      if (!('newest' in site)) {
        const window = judgedAnswer(site.site, await judging.nothing(site, now))
        return { now: instant(now), ...absentSummary(site, parts), plan, window }
      }
      const window = judgedAnswer(site.site, judging.window(site))
      return { now: instant(now), ...siteSummary(site, parts), plan, window }
    },
  )
  app.get<{ Params: Site; Querystring: Findings }>(
    '/api/v1/sites/:site/findings',
    readRoute(guard, FINDINGS, FindingsOrIntervals, {
      ...{ params: SiteParams, querystring: FindingsQuery },
    }),
    (request) => findings(parts, request, request.params.site, request.query),
  )
  app.get<{ Params: v.InferOutput<typeof ProfileParams> }>(
    '/api/v1/profiles/:sha256',
    readRoute(guard, 'A profile by its hash', ProfileAnswer, { params: ProfileParams }),
    ({ params }) => {
      const known = parts.profile(params.sha256)
      if (known === null) throw problem('unknown-profile', { found: params.sha256 })
      return known
    },
  )
}

async function findings(parts: SiteRoutes, request: FastifyRequest, name: string, query: Findings) {
  const { judging, nowMs } = parts
  const site = await knownSiteOf(parts, request, name)
  const { at, line, ...span } = query
  const wantsRuns = span.from !== undefined || span.to !== undefined || line !== undefined
  if (!wantsRuns) {
    const atMs = at === undefined ? null : Date.parse(at)
    const judged = await judging.interval(site.site, {
      atMs: atMs ?? ('newest' in site ? site.newest.fromMs : nowMs()),
      fallback: profileOf(site),
    })
    return { now: instant(nowMs()), site: site.site, ...judgedAnswer(site.site, judged) }
  }
  if (at !== undefined) {
    const wanted = 'either at, or from, to and line'
    throw problem('bad-parameter', { where: 'querystring', wanted, found: 'both' })
  }
  return { now: instant(nowMs()), site: site.site, ...(await intervals(parts, name, span, line)) }
}

async function intervals(
  { history, nowMs }: SiteRoutes,
  site: string,
  span: { readonly from?: string | undefined; readonly to?: string | undefined },
  line: string | undefined,
) {
  const { fromMs, toMs } = spanOf(span, nowMs())
  refuseLonger(toMs - fromMs, LONGEST_SPAN_MS, 'verdict intervals')
  const asked = { site, fromMs, toMs }
  const whole = await history.verdictRuns(asked, MOST_RUNS, OVERALL)
  const found = await history.verdictRuns(asked, MOST_RUNS + whole.length, line)
  const runs = found.filter((run) => run.line !== OVERALL)
  return {
    ...{ from: instant(fromMs), to: instant(toMs) },
    overall: whole.map((run) => ({
      ...{ from: instant(run.from), to: instant(run.to), overall: run.verdict, cause: run.reason },
    })),
    intervals: runs.slice(0, MOST_RUNS).map(intervalAnswer),
    truncated: whole.length === MOST_RUNS || runs.length >= MOST_RUNS,
  }
}

function intervalAnswer({ line, leg, farEnd, segment, from, to, verdict, reason }: Run) {
  return {
    ...{ id: line, leg, farEnd, segment, from: instant(from), to: instant(to), verdict, reason },
    meaning: reason in REASONS ? REASONS[reason as keyof typeof REASONS].means : '',
  }
}
