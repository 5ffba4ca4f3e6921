import type { FastifyInstance, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import { RunAskSchema } from '../../shared/plan/run.ts'
import { isOver } from '../../shared/plan/run-kinds.ts'
import { linesRead } from '../../shared/shown/line-read.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import { auditOf } from '../access/desk.ts'
import type { Judging, KnownProfile } from '../judging/judging.ts'
import { problem } from '../problem.ts'
import type { RunDesk } from '../runs/run-desk.ts'
import type { Watchers } from '../runs/watchers.ts'
import type { AccessBook } from '../store/access/book.ts'
import type { PlanBook } from '../store/plans/book.ts'
import type { StoredRun } from '../store/plans/run-queries.ts'
import { adminRoute, jsonBody } from './admin-route.ts'
import { findingAnswer, instant } from './answers.ts'
import { readBody } from './body.ts'
import { readRoute } from './reading.ts'
import { RunAnswer, RunAskedAnswer, RunParams, RunsAnswer } from './run-schemas.ts'
import { SiteParams } from './schemas.ts'
import { type SeenSites, seen } from './site-seen.ts'

export interface RunRoutes extends SeenSites {
  readonly runs: RunDesk
  readonly watchers: Watchers
  readonly judging: Pick<Judging, 'saidAt'>
  readonly profile: (sha256: string) => KnownProfile | null
  readonly store: { readonly plans: PlanBook }
  readonly access: Pick<AccessBook, 'writeAudit'>
  readonly nowMs: () => number
}

type Site = { readonly Params: v.InferOutput<typeof SiteParams> }
type One = { readonly Params: v.InferOutput<typeof RunParams> }
const MOST_RUNS = 100

/** Runs on demand, for who asks for them: ask, list, read, cancel. */
export function addRunRoutes(app: FastifyInstance, parts: RunRoutes): void {
  const { guard, store, nowMs } = parts
  const list = readRoute(guard, 'Runs of a site, newest first', RunsAnswer, { params: SiteParams })
  app.get<Site>('/api/v1/sites/:site/runs', list, async (request) => {
    const { site } = request.params
    await seen(parts, request, site)
    const runs = await store.plans.listRuns(site, MOST_RUNS)
    return { now: instant(nowMs()), site, runs: runs.map(runAnswer) }
  })
  const one = readRoute(guard, 'A run with what it brought', RunAnswer, { params: RunParams })
  app.get<One>('/api/v1/sites/:site/runs/:id', one, async (request) => {
    const run = await runOf(parts, request, request.params)
    return {
      ...{ now: instant(nowMs()), site: run.site, ...runAnswer(run) },
      result: run.result === null ? null : JSON.parse(run.result),
      judged: run.judged === null ? null : await judgedHere(parts, run, JSON.parse(run.judged)),
    }
  })
  addRunChanges(app, parts)
}

/** As it was judged when it ended, with how the lines are read by what was said of the site then. */
async function judgedHere(
  { judging, profile }: Pick<RunRoutes, 'judging' | 'profile'>,
  { site, endedMs, askedMs }: StoredRun,
  judged: Judgement,
) {
  const { findings } = judged
  const known = profile(judged.profile.sha256)
  const said = await judging.saidAt(site, endedMs ?? askedMs)
  return {
    ...{ ...judged, findings: findings.map((found) => findingAnswer(site, found)) },
    lines: known === null ? [] : linesRead(known.profile, said, findings),
  }
}

function addRunChanges(app: FastifyInstance, parts: RunRoutes): void {
  const { guard, runs } = parts
  const ask = { ...jsonBody(RunAskSchema), params: SiteParams }
  app.post<Site>(
    '/api/v1/sites/:site/runs',
    adminRoute(guard, 'Ask for a run', { 202: RunAskedAnswer }, ask),
    async (request, reply) => {
      const { site } = request.params
      await seen(parts, request, site)
      const asked = readBody(request, RunAskSchema)
      const { name } = guard.readerOf(request)
      const id = await runs.ask(site, asked, name)
      await note(parts, name, 'run.ask', site, { id, kind: asked.kind })
      reply.code(202).header('location', `/api/v1/sites/${site}/runs/${id}`)
      return { id, state: 'asked' }
    },
  )
  const summary = 'End a run before its time; 202 while its agent has not ended it yet'
  app.delete<One>(
    '/api/v1/sites/:site/runs/:id',
    adminRoute(guard, summary, { 200: RunAnswer, 202: RunAnswer }, { params: RunParams }),
    async (request, reply) => {
      const run = await runOf(parts, request, request.params)
      const { name } = guard.readerOf(request)
      if (!isOver(run.state)) {
        await runs.cancel(run, name)
        await note(parts, name, 'run.cancel', run.site, { id: run.id })
      }
      const after = await runOf(parts, request, request.params)
      reply.code(isOver(after.state) ? 200 : 202)
      const now = instant(parts.nowMs())
      return { now, site: after.site, ...runAnswer(after), result: null, judged: null }
    },
  )
}

/** @throws Problem unknown-site, unknown-run */
export async function runOf(
  parts: Pick<RunRoutes, 'store'> & SeenSites,
  request: FastifyRequest,
  { site, id }: { readonly site: string; readonly id: string },
): Promise<StoredRun> {
  await seen(parts, request, site)
  const run = await parts.store.plans.findRun(site, id.toLowerCase())
  if (run === null) throw problem('unknown-run', { found: id })
  return run
}

function note(
  parts: RunRoutes,
  who: string,
  what: string,
  site: string,
  detail: Record<string, string>,
): Promise<void> {
  return parts.access.writeAudit(auditOf(parts, who, what, site, detail))
}

function runAnswer(run: StoredRun) {
  const { id, ask, state, by, agent, askedMs, takenMs, endedMs, cancel, why } = run
  return {
    ...{ id, ask: JSON.parse(ask), state, by, agent, cancel, why },
    askedAt: instant(askedMs),
    takenAt: takenMs === null ? null : instant(takenMs),
    endedAt: endedMs === null ? null : instant(endedMs),
  }
}
