import type { FastifyInstance, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import type { Guard } from '../access/guard.ts'
import type { BundleSources } from '../bundle/collect.ts'
import { cutBundle } from '../bundle/cut.ts'
import { wholeQuarters } from '../bundle/span.ts'
import type { LiveSites } from '../ingest/live.ts'
import { problem } from '../problem.ts'
import { instant } from './answers.ts'
import { refuseLonger, spanOf } from './history.ts'
import { BundleQuery } from './history-schemas.ts'
import { mayTake, siteOf } from './reading.ts'
import { ProblemAnswer, SiteParams } from './schemas.ts'

export interface BundleRoutes extends BundleSources {
  readonly guard: Guard
  readonly live: LiveSites
  readonly nowMs: () => number
}

/** The longest month there is: one in which clocks are put back. */
export const LONGEST_BUNDLE_MS = (31 * 24 + 1) * 3_600_000
/** Two calls, both halves: 40 MB of lines an hour. */
const LONGEST_WITH_ROWS_MS = 24 * 3_600_000
/** A month of a site takes tens of seconds to gather. */
const PATIENCE_MS = 300_000
/** Bundles that are made at the same time: each holds its compressed octets. */
const AT_ONCE = 2
const SUMMARY = 'All that is needed to verify a time of a site offline (see `voip-ready verify`)'

/** The bundle of a site's quarter hours, made when it is asked for. */
export function addBundleRoute(app: FastifyInstance, parts: BundleRoutes): void {
  const { guard } = parts
  let making = 0
  app.get<{
    Params: v.InferOutput<typeof SiteParams>
    Querystring: v.InferOutput<typeof BundleQuery>
  }>(
    '/api/v1/sites/:site/bundle',
    {
      onRequest: async (request: FastifyRequest) => {
        await guard.requireReader(request)
      },
      handlerTimeout: PATIENCE_MS,
      schema: {
        ...{ summary: SUMMARY, tags: ['readers'], security: [{ bearer: [] }, {}] },
        ...{ params: SiteParams, querystring: BundleQuery },
        response: { '4xx': ProblemAnswer },
      },
    },
    async (request, reply) => {
      if (making >= AT_ONCE) throw problem('overload', { found: `${making} bundles being made` })
      making += 1
      mayTake(request, PATIENCE_MS)
      try {
        const { file, octets } = await make(parts, request, request.params.site)
        return reply
          .header('content-type', 'application/vnd.voip-ready.bundle')
          .header('content-disposition', `attachment; filename="${file}"`)
          .send(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength))
      } finally {
        making -= 1
      }
    },
  )
}

async function make(parts: BundleRoutes, request: FastifyRequest, name: string) {
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
  const bundle = await cutBundle(parts, { site, ...time, rows })
  if (bundle === null) throw problem('no-log', { found: site })
  return bundle
}
