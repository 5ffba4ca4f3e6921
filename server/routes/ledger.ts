import type { FastifyInstance, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import { toBase64 } from '../../shared/evidence/octets.ts'
import { formatProof } from '../../shared/evidence/proof.ts'
import type { Guard } from '../access/guard.ts'
import type { Reader } from '../access/principals.ts'
import type { LiveSites } from '../ingest/live.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { Problem, problem } from '../problem.ts'
import { ConsistencyAnswer, ConsistencyQuery, LedgerAnswer, ProofQuery } from './ledger-schemas.ts'
import { readRoute, siteOf } from './reading.ts'
import { addTileRoutes } from './tiles.ts'

export interface LedgerRoutes {
  readonly guard: Guard
  readonly live: LiveSites
  /** Null where this collector keeps no ledger: then there are no such routes. */
  readonly ledger: Ledger | null
}

const TEXT = 'text/plain; charset=utf-8'

/** The log: its state, its checkpoint, and what proves one by the other. Agents ask for these too. */
export function addLedgerRoutes(app: FastifyInstance, { guard, live, ledger }: LedgerRoutes): void {
  if (ledger === null) return
  const open = { onRequest: (request: FastifyRequest) => readerOrAgent(guard, request) }
  app.get(
    '/api/v1/ledger',
    { ...readRoute(guard, 'The log: how long it is, and who signs it', LedgerAnswer), ...open },
    (request) => stateAnswer(ledger, guard.readerOf(request)),
  )
  app.get(
    '/api/v1/ledger/checkpoint',
    { ...textRoute(guard, 'The newest signed checkpoint (C2SP tlog-checkpoint)'), ...open },
    async (_request, reply) => {
      const { checkpoint } = await ledger.state()
      if (checkpoint === null) throw problem('not-signed-yet')
      return reply.header('cache-control', 'no-cache').type(TEXT).send(checkpoint.note)
    },
  )
  app.get<{ Querystring: v.InferOutput<typeof ConsistencyQuery> }>(
    '/api/v1/ledger/consistency',
    {
      ...readRoute(
        guard,
        'That the log at size `to` begins with what it was at size `from`',
        ConsistencyAnswer,
        {
          querystring: ConsistencyQuery,
        },
      ),
      ...open,
    },
    ({ query }) => consistency(ledger, query),
  )
  addProofRoute(app, { guard, live }, ledger)
  addTileRoutes(app, guard, ledger, open)
}

function addProofRoute(
  app: FastifyInstance,
  { guard, live }: Omit<LedgerRoutes, 'ledger'>,
  ledger: Ledger,
): void {
  app.get<{ Querystring: v.InferOutput<typeof ProofQuery> }>(
    '/api/v1/ledger/proof',
    textRoute(guard, 'That a record stands in the log (C2SP tlog-proof)', {
      querystring: ProofQuery,
    }),
    async (request, reply) => {
      siteOf({ guard, live }, request, request.query.site)
      return reply.type(TEXT).send(await proof(ledger, request.query))
    },
  )
}

function textRoute(guard: Guard, summary: string, request = {}) {
  const route = readRoute(guard, summary, LedgerAnswer, request)
  const { response: _, ...schema } = route.schema
  return { ...route, schema }
}

/** Readers, and agents: they keep checkpoints to hold the collector to them. */
async function readerOrAgent(guard: Guard, request: FastifyRequest): Promise<void> {
  try {
    await guard.requireReader(request)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'wrong-role') throw error
    await guard.requireAgent(request)
  }
}

async function stateAnswer(
  ledger: Ledger,
  { sees }: Pick<Reader, 'sees'>,
): Promise<v.InferOutput<typeof LedgerAnswer>> {
  const { origin, vkey, size, unsequenced, checkpoint, fault } = await ledger.state()
  const at = new Date(checkpoint?.atMs ?? 0).toISOString()
  return {
    ...{ origin, vkey, size, unsequenced, fault },
    checkpoint: checkpoint === null ? null : { size: checkpoint.size, at },
    conflicts: ledger.seen.conflicts
      .filter(({ site }) => sees(site))
      .map(({ sinceMs, ...one }) => ({ ...one, since: new Date(sinceMs).toISOString() })),
  }
}

async function consistency(
  ledger: Ledger,
  query: v.InferOutput<typeof ConsistencyQuery>,
): Promise<v.InferOutput<typeof ConsistencyAnswer>> {
  const { logId, origin, size, checkpoint } = await ledger.state()
  const from = Number(query.from)
  const to = Number(query.to ?? checkpoint?.size ?? 0)
  if (from < 1 || from > to || to > size) {
    const found = `${from} to ${to}`
    throw problem('bad-parameter', {
      where: 'from, to',
      wanted: `1 <= from <= to <= ${size}`,
      found,
    })
  }
  const hashes = await ledger.book.consistency(logId, from, to)
  return { origin, from, to, hashes: hashes.map(toBase64) }
}

async function proof(
  { book }: Ledger,
  { site, agent, boot, sequence }: v.InferOutput<typeof ProofQuery>,
): Promise<string> {
  const place = await book.place(site, agent, boot.toLowerCase(), Number(sequence))
  if (place === null) throw problem('not-in-ledger', { found: `${agent} ${boot} ${sequence}` })
  const { logId, index } = place
  const checkpoint = await book.checkpointOver(logId, index)
  if (checkpoint === null) throw problem('not-signed-yet', { found: `leaf ${index}` })
  const hashes = await book.inclusion(logId, index, checkpoint.size)
  return formatProof({ index, hashes, checkpoint: checkpoint.note })
}
