import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as v from 'valibot'
import { wantedSpan } from '../../shared/eligibility/scope.ts'
import type { Format } from '../../shared/report/format.ts'
import { type Zone, zoneOf } from '../../shared/report/zone.ts'
import { problem } from '../problem.ts'
import type { ReportAsk } from '../reports/job.ts'
import { monthEnded, monthOf, monthsKept } from '../reports/months.ts'
import type { Store } from '../store/store.ts'
import { PATIENCE_MS } from '../thread/job-desk.ts'
import { instant } from './answers.ts'
import { spanOf } from './history.ts'
import { mayTake, readRoute, siteOf } from './reading.ts'
import { makeReply, type ReportSources, type Span } from './report-reply.ts'
import {
  EligibilityQuery,
  MonthlyQuery,
  ReadinessQuery,
  RectificationQuery,
  ReportsAnswer,
} from './report-schemas.ts'
import { SiteParams } from './schemas.ts'

export interface ReportRoutes extends ReportSources {
  readonly store: ReportSources['store'] & Pick<Store, 'between'>
}

const DAY_MS = 24 * 3_600_000
type Query<S extends v.GenericSchema> = {
  readonly Params: v.InferOutput<typeof SiteParams>
  readonly Querystring: v.InferOutput<S>
}

/** Reports of a site, made of its bundle when somebody asks: what `voip-ready report` makes of a file. */
export function addReportRoutes(app: FastifyInstance, parts: ReportRoutes): void {
  addMonths(app, parts)
  const readiness = 'Is the network ready: a certificate where all of the time was READY'
  app.get<Query<typeof ReadinessQuery>>(
    '/api/v1/sites/:site/reports/readiness',
    reportRoute(parts, readiness, ReadinessQuery),
    async (request, reply) => {
      const { site } = siteOf(parts, request, request.params.site)
      const { format, ...query } = request.query
      const toMs = query.to === undefined ? parts.nowMs() : Date.parse(query.to)
      const from = query.from ?? instant(Math.max(0, toMs - DAY_MS))
      const time = spanOf({ ...query, from }, parts.nowMs())
      return answer(parts, { request, reply }, { site, format, ask: { kind: 'readiness' } }, [time])
    },
  )
  addMonthly(app, parts)
  addEligibility(app, parts)
  addRectification(app, parts)
  app.addHook('preClose', async () => parts.reports.close())
}

function reportRoute(parts: ReportRoutes, summary: string, querystring: v.GenericSchema) {
  const request = { params: SiteParams, querystring }
  const described = `${summary} (html, pdf or json, rendered from the bundle of that time)`
  // Asking for the head of a report would make the report.
  const bounds = { exposeHeadRoute: false, handlerTimeout: PATIENCE_MS }
  return { ...readRoute(parts.guard, described, v.string(), request), ...bounds }
}

function addMonths(app: FastifyInstance, parts: ReportRoutes): void {
  const summary = 'Which months of a site can be reported'
  app.get<{ Params: v.InferOutput<typeof SiteParams> }>(
    '/api/v1/sites/:site/reports',
    readRoute(parts.guard, summary, ReportsAnswer, { params: SiteParams }),
    async (request) => {
      const { site } = siteOf(parts, request, request.params.site)
      const nowMs = parts.nowMs()
      const months = await monthsKept(parts.store, site, nowMs)
      return {
        ...{ now: instant(nowMs), site },
        months: months.map(({ month, fromMs, toMs }) => ({
          ...{ month, from: instant(fromMs), to: instant(toMs), over: toMs <= nowMs },
        })),
      }
    },
  )
}

function addMonthly(app: FastifyInstance, parts: ReportRoutes): void {
  app.get<Query<typeof MonthlyQuery>>(
    '/api/v1/sites/:site/reports/monthly',
    reportRoute(parts, 'A calendar month, clause by clause', MonthlyQuery),
    async (request, reply) => {
      const { site } = siteOf(parts, request, request.params.site)
      const { format, zone: name = 'UTC', month: asked } = request.query
      const nowMs = parts.nowMs()
      const zone = zoneNamed(name)
      const month = asked === undefined ? monthEnded(nowMs, zone) : monthOf(asked, zone)
      if (month === null || month.fromMs >= nowMs) {
        throw wrong('a month that has begun', asked ?? 'none')
      }
      const ask: ReportAsk = { kind: 'monthly', ...month, zone: name }
      return answer(parts, { request, reply }, { site, format, ask }, [month])
    },
  )
}

function addEligibility(app: FastifyInstance, parts: ReportRoutes): void {
  const summary = 'Did the network meet the contract when an outage began, line by line'
  app.get<Query<typeof EligibilityQuery>>(
    '/api/v1/sites/:site/reports/eligibility',
    reportRoute(parts, summary, EligibilityQuery),
    async (request, reply) => {
      const { site } = siteOf(parts, request, request.params.site)
      const { format, outageRef, from, to } = request.query
      const nowMs = parts.nowMs()
      if (outageRef === undefined) throw wrong('outageRef, what both parties call it', 'none')
      if (from === undefined || to === undefined) throw wrong('from and to of the outage', 'none')
      const { fromMs, toMs } = spanOf({ from, to }, nowMs)
      if (toMs > nowMs) throw wrong(`a time that is past (it is ${instant(nowMs)})`, to)
      const outage = { ref: outageRef, from: fromMs, to: toMs }
      const wanted = wantedSpan(outage)
      const time = { fromMs: Math.max(0, wanted.from), toMs: wanted.to }
      const ask: ReportAsk = { kind: 'eligibility', outage }
      return answer(parts, { request, reply }, { site, format, ask }, [time])
    },
  )
}

function addRectification(app: FastifyInstance, parts: ReportRoutes): void {
  const summary = 'Before and after a repair: from when on the standards are met again'
  app.get<Query<typeof RectificationQuery>>(
    '/api/v1/sites/:site/reports/rectification',
    reportRoute(parts, summary, RectificationQuery),
    async (request, reply) => {
      const { site } = siteOf(parts, request, request.params.site)
      const { format, from, to, afterFrom, afterTo } = request.query
      const given = [from, to, afterFrom, afterTo].every((one) => one !== undefined)
      if (!given) throw wrong('from, to, afterFrom and afterTo', 'not all of them')
      const before = spanOf({ from, to }, parts.nowMs())
      const after = spanOf({ from: afterFrom, to: afterTo }, parts.nowMs())
      const what = { site, format, ask: { kind: 'rectification' } } as const
      return answer(parts, { request, reply }, what, [before, after])
    },
  )
}

interface What {
  readonly site: string
  readonly format: Format | undefined
  readonly ask: ReportAsk
}

function answer(
  parts: ReportRoutes,
  call: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { site, format = 'html', ask }: What,
  times: readonly Span[],
) {
  mayTake(call.request, PATIENCE_MS)
  return makeReply(parts, call, { site, format, ask, times })
}

function zoneNamed(name: string): Zone {
  try {
    return zoneOf(name)
  } catch {
    throw wrong('the name of a time zone, like Europe/London', name)
  }
}

function wrong(wanted: string, found: string) {
  return problem('bad-parameter', { where: 'querystring', wanted, found })
}
