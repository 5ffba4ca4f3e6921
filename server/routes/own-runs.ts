import type { FastifyInstance } from 'fastify'
import * as v from 'valibot'
import { type NoWork, NoWorkSchema } from '../../shared/plan/news.ts'
import { RunEventsSchema, WorkSchema } from '../../shared/plan/run.ts'
import type { Guard } from '../access/guard.ts'
import type { AgentIdentity } from '../access/principals.ts'
import type { Heartbeats, LifeWord } from '../runs/heartbeats.ts'
import type { NewsDesk } from '../runs/news-desk.ts'
import type { RunDesk, WorkQuestion } from '../runs/run-desk.ts'
import { jsonBody } from './admin-route.ts'
import { agentRoute } from './agent-route.ts'
import { readBody } from './body.ts'
import { type Fleet, fleetSpreadSeconds } from './fleet-spread.ts'
import { goneOf } from './run-events.ts'
import { MOST_WAIT_SECONDS, OwnRunParams, RunToldAnswer, WorkQuery } from './run-schemas.ts'
import { limitTime } from './time-limits.ts'

export interface OwnRunRoutes extends Fleet {
  readonly guard: Guard
  readonly runs: RunDesk
  readonly heartbeats: Heartbeats
  readonly news: NewsDesk
}

/** Of a waiting agent's connection: longer than it may wait, else idle connections are cut. */
const PATIENCE_MS = (MOST_WAIT_SECONDS + 15) * 1000
/** 128 observations and the findings on them. */
const RESULT_BYTES = 4 * 1024 * 1024

/** What an agent says of its far ends with its question. */
function wordIn(query: v.InferOutput<typeof WorkQuery>): LifeWord {
  const { heard } = query
  const silent = (['primary', 'secondary'] as const).flatMap((farEnd) => {
    const seconds = query[`${farEnd}Silent`]
    return seconds === undefined ? [] : [{ farEnd, seconds: Number(seconds) }]
  })
  return { heard: heard === undefined ? null : Number(heard), silent }
}

function questionIn({ wait = '0', plan, busy }: v.InferOutput<typeof WorkQuery>): WorkQuestion {
  return {
    waitMs: Number(wait) * 1000,
    ...(plan === undefined ? {} : { planVersion: Number(plan) }),
    ...(busy === undefined ? {} : { busy: busy.toLowerCase() }),
  }
}

/** What is told where there is nothing to do. */
async function nothing(
  parts: OwnRunRoutes,
  { site }: AgentIdentity,
  size: number,
): Promise<NoWork> {
  const news = await parts.news.of(site, size)
  return { work: 'none', news, spreadSeconds: fleetSpreadSeconds(parts) }
}

/** What an agent asks and tells of runs: the question for work waits, so that NAT is no obstacle. */
export function addOwnRunRoutes(app: FastifyInstance, parts: OwnRunRoutes): void {
  const { guard, runs, heartbeats } = parts
  const work = agentRoute(
    guard,
    'What is there to do? Waits up to `wait` seconds; 204, or `none` with `news`: nothing',
    { 200: v.union([WorkSchema, NoWorkSchema]), 204: v.null() },
    { querystring: WorkQuery },
  )
  app.get<{ Querystring: v.InferOutput<typeof WorkQuery> }>(
    '/api/v1/agents/self/work',
    {
      ...work,
      config: { ownTimeLimit: true },
      onRequest: async (request, reply) => {
        limitTime(request, reply, PATIENCE_MS)
        await guard.requireAgent(request)
      },
    },
    async (request, reply) => {
      const agent = await guard.requireAgent(request)
      const { news: size } = request.query
      heartbeats.hear(agent, wordIn(request.query))
      request.raw.socket.setTimeout(PATIENCE_MS)
      const found = await runs.work(agent, questionIn(request.query), goneOf(reply))
      if (reply.sent) return reply
      reply.header('cache-control', 'no-store')
      if (found !== null) return found
      if (size === undefined || reply.raw.destroyed) return reply.code(204).send()
      return nothing(parts, agent, Number(size))
    },
  )
  addTelling(app, { guard, runs })
}

function addTelling(app: FastifyInstance, { guard, runs }: Pick<OwnRunRoutes, 'guard' | 'runs'>) {
  const tell = agentRoute(
    guard,
    'Tell of a run: events by number, repeated without harm; the answer says whether to stop',
    { 200: RunToldAnswer },
    { ...jsonBody(RunEventsSchema), params: OwnRunParams },
  )
  app.post<{ Params: v.InferOutput<typeof OwnRunParams> }>(
    '/api/v1/agents/self/runs/:id/events',
    { ...tell, bodyLimit: RESULT_BYTES },
    async (request) => {
      const agent = await guard.requireAgent(request)
      const { events } = readBody(request, RunEventsSchema)
      return { cancel: await runs.tell(agent, request.params.id.toLowerCase(), events) }
    },
  )
}
