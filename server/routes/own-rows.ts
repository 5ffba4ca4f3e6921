import { inflateSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import type * as v from 'valibot'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { toHex } from '../../shared/evidence/octets.ts'
import { unpackRawRows } from '../../shared/measure/raw-rows-pack.ts'
import {
  MOST_SENT,
  OwnPinsSchema,
  RowsAbsentSchema,
  RowsKeptSchema,
  RowsOfferSchema,
  RowsToldSchema,
  RowsWantedSchema,
  SentRowsSchema,
} from '../../shared/plan/rows.ts'
import type { Guard } from '../access/guard.ts'
import { parseStored } from '../ingest/parse.ts'
import { problem } from '../problem.ts'
import { openPins } from '../runs/news-desk.ts'
import type { HistoryBook } from '../store/history/book.ts'
import type { Store } from '../store/store.ts'
import { jsonBody } from './admin-route.ts'
import { agentRoute } from './agent-route.ts'
import { readBody } from './body.ts'

export interface OwnRowsRoutes {
  readonly guard: Guard
  readonly history: Pick<HistoryBook, 'pins' | 'putRawRows' | 'rawRowsKept' | 'putAbsentRows'>
  readonly store: Pick<Store, 'between'>
  readonly nowMs: () => number
}

type Sent = v.InferOutput<typeof SentRowsSchema>

/** Unpacked: what one window holds at most, so that no sender unpacks more here. */
const MOST_RAW = 16 * 2 ** 20
const MOST_RECORDS = 100
const BODY_BYTES = Math.ceil((MOST_SENT * 4) / 3) + 1024

/** How an agent learns which raw rows are wanted, and brings them: each held against its digest. */
export function addOwnRowsRoutes(app: FastifyInstance, parts: OwnRowsRoutes): void {
  const { guard } = parts
  app.get(
    '/api/v1/agents/self/pins',
    agentRoute(guard, 'Times whose raw rows are to be kept and brought', { 200: OwnPinsSchema }),
    async (request, reply) => {
      const { site } = await guard.requireAgent(request)
      reply.header('cache-control', 'no-store')
      return { pins: await openPins(parts.history, site) }
    },
  )
  addRowsOffers(app, parts)
  addRowsAbsent(app, parts)
}

function addRowsAbsent(app: FastifyInstance, { guard, history, nowMs }: OwnRowsRoutes): void {
  app.post(
    '/api/v1/agents/self/rows/absent',
    {
      ...agentRoute(
        guard,
        'What is no longer to be had of pinned times; takes the place of what was said before',
        { 200: RowsToldSchema },
        jsonBody(RowsAbsentSchema),
      ),
      bodyLimit: 131_072,
    },
    async (request) => {
      const { site, agent } = await guard.requireAgent(request)
      const { absent } = readBody(request, RowsAbsentSchema)
      const wrong = absent.find(({ from, to }) => from >= to)
      if (wrong !== undefined) {
        const found = `${wrong.from}, ${wrong.to}`
        throw problem('schema', { where: 'body.absent', wanted: 'from before to', found })
      }
      await history.putAbsentRows({ site, agent, toldMs: nowMs() }, absent)
      return { told: true as const }
    },
  )
}

function addRowsOffers(app: FastifyInstance, parts: OwnRowsRoutes): void {
  const { guard, history } = parts
  app.post(
    '/api/v1/agents/self/rows/offers',
    {
      ...agentRoute(
        guard,
        'Which of these windows are not here yet?',
        { 200: RowsWantedSchema },
        jsonBody(RowsOfferSchema),
      ),
      bodyLimit: 65_536,
    },
    async (request) => {
      const { site } = await guard.requireAgent(request)
      const { digests } = readBody(request, RowsOfferSchema)
      const kept = new Set(await history.rawRowsKept(site, digests))
      return { wanted: digests.filter((digest) => !kept.has(digest)) }
    },
  )
  app.post(
    '/api/v1/agents/self/rows',
    {
      ...agentRoute(
        guard,
        "Bring one window's raw rows; kept for as long as a pin holds its time",
        { 200: RowsKeptSchema },
        jsonBody(SentRowsSchema),
      ),
      bodyLimit: BODY_BYTES,
    },
    async (request) => {
      const { site, agent } = await guard.requireAgent(request)
      const sent = readBody(request, SentRowsSchema)
      await keep(parts, site, agent, sent)
      return { kept: true as const }
    },
  )
}

/** @throws Problem schema: not pinned, not signed for by this agent, or not what the digest names */
async function keep(parts: OwnRowsRoutes, site: string, agent: string, sent: Sent): Promise<void> {
  const { sha256, from, to, body: text } = sent
  const pins = await openPins(parts.history, site)
  if (from >= to || !pins.some((pin) => pin.from < to && pin.to > from)) {
    const found = new Date(from).toISOString()
    throw problem('schema', { where: 'body.from', wanted: 'a time that a pin holds', found })
  }
  const body = Buffer.from(text, 'base64')
  if (digestOf(body) !== sha256) {
    const wanted = 'rows of the digest that they are sent under'
    throw problem('schema', { where: 'body.body', wanted, found: 'other octets' })
  }
  if (!(await isSignedFor(parts, site, agent, sent))) {
    const wanted = 'the digest of a window in a record of this agent that is here'
    throw problem('schema', { where: 'body.sha256', wanted, found: sha256 })
  }
  const times = { fromMs: from, toMs: to, storedMs: parts.nowMs() }
  await parts.history.putRawRows({ site, sha256, agent, ...times, body })
}

/** The digest of rows as they are sent; null: they are none, or unpack to more than a window holds. */
function digestOf(body: Uint8Array): string | null {
  try {
    const bytes = unpackRawRows(inflateSync(body, { maxOutputLength: MOST_RAW }))
    return bytes === null ? null : toHex(nodeCrypto.sha256(bytes))
  } catch {
    return null
  }
}

async function isSignedFor(
  { store }: OwnRowsRoutes,
  site: string,
  agent: string,
  { sha256, from, to }: Sent,
): Promise<boolean> {
  const records = await store.between(site, from, to, MOST_RECORDS)
  return records
    .filter((one) => one.agent === agent)
    .some((one) => {
      const { evidence = [] } = parseStored(one)
      return evidence.some(
        (told) => told.rows?.sha256 === sha256 && told.from === from && told.to === to,
      )
    })
}
