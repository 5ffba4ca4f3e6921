import type { FastifyInstance, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import type { Guard } from '../access/guard.ts'
import { type BundleAsk, wholeQuarters } from '../bundle/ask.ts'
import { bundleName } from '../bundle/collect.ts'
import { type Download, type Downloads, NoLog } from '../bundle/downloads.ts'
import type { LiveSites } from '../ingest/live.ts'
import { Problem, problem } from '../problem.ts'
import { ALL_YOURS, readerKey, type Shares } from '../reader-limits.ts'
import { DeskFull, JobTooMuch, PATIENCE_MS } from '../thread/job-desk.ts'
import { instant } from './answers.ts'
import { type CuttingParts, cuttingOf } from './cutting.ts'
import { refuseLonger, spanOf } from './history.ts'
import { BundleQuery } from './history-schemas.ts'
import { type Processing, processing } from './processing.ts'
import { mayTake, siteOf } from './reading.ts'
import { goneOf } from './run-events.ts'
import { ProblemAnswer, SiteParams } from './schemas.ts'

export interface BundleRoutes extends CuttingParts {
  readonly guard: Guard
  readonly live: LiveSites
  readonly downloads: Downloads
  readonly shares: Shares
  readonly nowMs: () => number
}

/** The longest month there is: one in which clocks are put back. */
export const LONGEST_BUNDLE_MS = (31 * 24 + 1) * 3_600_000
/** Two calls, both halves: 40 MB of lines an hour. */
const LONGEST_WITH_ROWS_MS = 24 * 3_600_000
/** Seconds after which somebody who was turned away may ask again. */
const RETRY_SECONDS = 30
const SUMMARY = 'All that is needed to verify a time of a site offline (see `voip-ready verify`)'

/** The bundle of a site's quarter hours, made when it is asked for. */
export function addBundleRoute(app: FastifyInstance, parts: BundleRoutes): void {
  const { guard } = parts
  app.get<{
    Params: v.InferOutput<typeof SiteParams>
    Querystring: v.InferOutput<typeof BundleQuery>
  }>(
    '/api/v1/sites/:site/bundle',
    {
      onRequest: async (request: FastifyRequest) => {
        await guard.requireReader(request)
      },
      // Asking for the head of a bundle would make the bundle.
      exposeHeadRoute: false,
      handlerTimeout: PATIENCE_MS,
      schema: {
        ...{ summary: SUMMARY, tags: ['readers'], security: [{ bearer: [] }, {}] },
        ...{ params: SiteParams, querystring: BundleQuery },
        response: { '4xx': ProblemAnswer },
      },
    },
    async (request, reply) => {
      const ask = askOf(parts, request, request.params.site)
      const giveBack = parts.shares.take(readerKey(guard, request))
      if (giveBack === null) throw new Problem('bundles-busy', { found: ALL_YOURS }, RETRY_SECONDS)
      const gone = goneOf(reply)
      // It is his until he has read it.
      reply.raw.once('close', giveBack)
      mayTake(request, PATIENCE_MS)
      const told = processing(request, reply)
      const { octets, stream, elsewhere } = await cut(parts, ask, gone, told)
      return reply
        .headers(otherLogs(elsewhere))
        .header('content-type', 'application/vnd.voip-ready.bundle')
        .header('content-disposition', `attachment; filename="${bundleName(ask)}"`)
        .header('content-length', octets)
        .send(stream)
    },
  )
  app.addHook('preClose', async () => parts.downloads.close())
}

/** Origins are printable, and without spaces. */
function otherLogs(elsewhere: Download['elsewhere']): { readonly [header: string]: string } {
  const others = elsewhere.map(({ origin, records }) => `${records} ${origin}`).join(', ')
  return others === '' ? {} : { 'voip-ready-other-logs': others }
}

async function cut(
  parts: BundleRoutes,
  ask: BundleAsk,
  gone: AbortSignal,
  told: Processing,
): Promise<Download> {
  try {
    return await parts.downloads.cut({ ...cuttingOf(parts, ask.site), ask }, gone, told.tell)
  } catch (error) {
    // Nobody reads this any more.
    if (gone.aborted) throw problem('timeout', { found: 'a client that is gone' })
    if (error instanceof NoLog) throw problem('no-log', { found: error.message })
    const found = error instanceof Error ? error.message : ''
    if (error instanceof DeskFull) throw new Problem('bundles-busy', { found }, RETRY_SECONDS)
    if (error instanceof JobTooMuch) throw problem('bundle-too-much', { found })
    throw error
  } finally {
    told.end()
  }
}

/** @throws Problem for a site, or a time, that there is no bundle of */
function askOf(parts: BundleRoutes, request: FastifyRequest, name: string): BundleAsk {
  const { site } = siteOf(parts, request, name)
  const query = request.query as v.InferOutput<typeof BundleQuery>
  const asked = spanOf(query, parts.nowMs())
  const rows = query.rows === 'true'
  const longest = rows ? LONGEST_WITH_ROWS_MS : LONGEST_BUNDLE_MS
  refuseLonger(asked.toMs - asked.fromMs, longest, rows ? 'a bundle with raw rows' : 'a bundle')
  const time = wholeQuarters(asked.fromMs, asked.toMs, parts.nowMs())
  const where = 'querystring'
  if (time === null) {
    const found = `${instant(asked.fromMs)} to ${instant(asked.toMs)}`
    throw problem('bad-parameter', { where, wanted: 'a quarter hour that is over', found })
  }
  return { site, ...time, rows, ...(query.log === undefined ? {} : { log: query.log }) }
}
