import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Guard } from '../access/guard.ts'
import type { OwnMetrics } from '../metrics/own.ts'
import type { Shard } from '../metrics/shard.ts'
import type { SiteSeries } from '../metrics/site-series.ts'
import { problem } from '../problem.ts'
import {
  DiscoveryAnswer,
  DiscoveryQuery,
  type ScrapeAsked,
  ScrapeQuery,
} from './metrics-schemas.ts'
import { NoQuery } from './schemas.ts'

export interface MetricRoutes {
  readonly guard: Guard
  readonly metrics: OwnMetrics
  readonly series: SiteSeries
}

const SCRAPE_TIMEOUT_MS = 30_000
const TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/** For Prometheus: the collector itself, the sites, both; and where to find the sites' shards. */
export function addMetricRoutes(app: FastifyInstance, parts: MetricRoutes): void {
  const scrape = (summary: string, querystring: object = ScrapeQuery) => ({
    onRequest: async (request: FastifyRequest) => {
      await parts.guard.requireReader(request)
    },
    handlerTimeout: SCRAPE_TIMEOUT_MS,
    schema: { summary, querystring, tags: ['operations'], security: [{ bearer: [] }, {}] },
  })
  const own = () => parts.metrics.text()
  app.get<{ Querystring: ScrapeAsked }>(
    '/metrics',
    scrape('Prometheus text: the collector itself, then the newest window of every site'),
    (request, reply) => answer(request, reply, both(own, sites(parts, request))),
  )
  app.get<{ Querystring: ScrapeAsked }>(
    '/metrics/sites',
    scrape('Prometheus text: the newest window of every site, or of one shard of them'),
    (request, reply) => answer(request, reply, sites(parts, request)),
  )
  app.get(
    '/metrics/collector',
    scrape('Prometheus text: the collector itself', NoQuery),
    (request, reply) => answer(request, reply, both(own, [])),
  )
  const discovery = scrape('Targets for http_sd: one for each shard of the sites', DiscoveryQuery)
  app.get<{ Querystring: { readonly of?: string } }>(
    '/sd/sites',
    { ...discovery, schema: { ...discovery.schema, response: { 200: DiscoveryAnswer } } },
    ({ host, query }) => targets(host, Number(query.of ?? 1)),
  )
}

function sites({ guard, series }: MetricRoutes, request: FastifyRequest) {
  const { detail = null, shard, of } = request.query as ScrapeAsked
  const { sees } = guard.readerOf(request)
  return series.stream({ sees, detail, shard: shardAsked(shard, of) })
}

function shardAsked(shard: string | undefined, of: string | undefined): Shard | null {
  if (shard === undefined && of === undefined) return null
  if (shard !== undefined && of !== undefined && Number(shard) < Number(of)) {
    return { index: Number(shard), of: Number(of) }
  }
  const found = `shard=${shard ?? 'none'}, of=${of ?? 'none'}`
  throw problem('bad-parameter', { where: 'query', wanted: 'shard and of, shard < of', found })
}

/**
 * The collector that was asked is the target: the share of sites goes with the request. The label
 * `shard` keeps the targets' own series (`up`) apart.
 */
function targets(host: string, of: number) {
  return Array.from({ length: of }, (_, index) => ({
    targets: [host],
    labels: {
      __metrics_path__: '/metrics/sites',
      __param_shard: String(index),
      __param_of: String(of),
      shard: String(index),
    },
  }))
}

async function* both(own: () => Promise<string>, rest: AsyncIterable<Uint8Array> | []) {
  yield Buffer.from(await own())
  yield* rest
}

/** Half the time of the library's own sizes for a text of tens of megabytes, for 400 kB while it lasts. */
const FAST = { level: 1, memLevel: 9, chunkSize: 64 * 1024 }

/** Sends as fast as the client reads, compressed when it takes that; one who leaves ends the work. */
function answer(request: FastifyRequest, reply: FastifyReply, text: AsyncIterable<Uint8Array>) {
  reply.header('content-type', TEXT).header('vary', 'accept-encoding')
  const source = Readable.from(text, { objectMode: false })
  if (!takesGzip(request.headers['accept-encoding'])) return reply.send(source)
  // A failure of the source destroys the gzip stream, which the framework sees and logs.
  const packed = pipeline(source, createGzip(FAST), () => {})
  return reply.header('content-encoding', 'gzip').send(packed)
}

function takesGzip(header: string | string[] | undefined): boolean {
  return /(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[^,]*)?(,|$)/i.test(String(header ?? ''))
}
