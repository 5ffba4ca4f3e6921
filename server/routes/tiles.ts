import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import { entryBundle, parseTilePath, TILE_WIDTH } from '../../shared/evidence/tile-path.ts'
import type { Guard } from '../access/guard.ts'
import type { Reader } from '../access/principals.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { problem } from '../problem.ts'
import { EntriesParams, TileParams } from './ledger-schemas.ts'
import { NoQuery, ProblemAnswer } from './schemas.ts'

const HASH_OCTETS = 32
/** What a tile says never changes: only more of it comes, under another name. */
const FOR_EVER = 'private, max-age=31536000, immutable'
const pack = promisify(gzip)

/**
 * The log as tiles (C2SP tlog-tiles) below /api/v1/ledger. Hashes are for every reader and agent: they
 * tell nothing of what was logged. Entries are the records of all customers, so they are for readers
 * of all sites alone.
 */
export function addTileRoutes(
  app: FastifyInstance,
  guard: Guard,
  ledger: Ledger,
  open: { readonly onRequest: (request: FastifyRequest) => Promise<void> },
): void {
  app.get<{ Params: v.InferOutput<typeof TileParams> }>(
    '/api/v1/ledger/tile/:level/*',
    { ...open, schema: schemaOf('Hashes of the log (C2SP tlog-tiles)', TileParams) },
    async ({ params }, reply) => {
      const { level, '*': path } = params
      const tile = parseTilePath(path)
      const { logId } = await ledger.state()
      const place = { level: Number(level), idx: tile?.index ?? 0 }
      const octets = (tile?.width ?? 0) * HASH_OCTETS
      const hashes = tile === null ? null : await ledger.book.tile(logId, place, octets)
      if (hashes === null) throw problem('not-found', { found: `tile ${level}/${path}` })
      return sendOctets(reply, hashes)
    },
  )
  app.get<{ Params: v.InferOutput<typeof EntriesParams> }>(
    '/api/v1/ledger/tile/entries/*',
    {
      onRequest: async (request) => {
        requireAllSites(await guard.requireReader(request))
      },
      schema: schemaOf('What was logged, all sites (C2SP tlog-tiles)', EntriesParams),
    },
    async (request, reply) => {
      const octets = await entriesAt(ledger, request.params['*'])
      // A bundle is base64 in JSON: it packs to less than half.
      if (!/\bgzip\b/.test(String(request.headers['accept-encoding']))) {
        return sendOctets(reply, octets)
      }
      return sendOctets(reply.header('content-encoding', 'gzip'), await pack(octets))
    },
  )
}

function requireAllSites({ customer }: Pick<Reader, 'customer'>): void {
  if (customer === null) return
  throw problem('wrong-role', { wanted: 'a reader of all sites', found: `of ${customer}` })
}

async function entriesAt(ledger: Ledger, path: string): Promise<Uint8Array> {
  const tile = parseTilePath(path)
  const { logId, size } = await ledger.state()
  const from = (tile?.index ?? 0) * TILE_WIDTH
  const to = from + (tile?.width ?? 0)
  const bodies = tile === null || to > size ? null : await ledger.book.leaves(logId, from, to)
  if (bodies === null) throw problem('not-found', { found: `entries ${path}` })
  return entryBundle(bodies)
}

function sendOctets(reply: FastifyReply, octets: Uint8Array) {
  reply.header('cache-control', FOR_EVER).header('vary', 'accept-encoding')
  return reply.type('application/octet-stream').send(Buffer.from(octets))
}

const schemaOf = (summary: string, params: v.GenericSchema) => ({
  ...{ summary, tags: ['readers'], security: [{ bearer: [] }, {}] },
  ...{ params, querystring: NoQuery, response: { '4xx': ProblemAnswer } },
})
