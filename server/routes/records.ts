import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as v from 'valibot'
import { EnvelopeSchema } from '../../shared/record/record.ts'
import { SPREAD_HEADER } from '../../shared/record/spread.ts'
import { type Result, refuse } from '../../shared/result.ts'
import type { Guard } from '../access/guard.ts'
import type { KnownAccess } from '../access/known.ts'
import { ownerRefusal } from '../access/record-signatures.ts'
import { sourceOf } from '../access/source.ts'
import { type GroupCommit, QueueFull } from '../ingest/group-commit.ts'
import type { LiveSites } from '../ingest/live.ts'
import { MAX_ENVELOPE_BYTES } from '../ingest/parse.ts'
import { type IngestRefusal, isIngestRefusal } from '../ingest/refusals.ts'
import type { Strangers } from '../ingest/strangers.ts'
import type { Body } from '../intake/body.ts'
import { type Intake, IntakeFull } from '../intake/intake.ts'
import type { Taken, TakenRecord } from '../intake/take-line.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { OwnMetrics } from '../metrics/own.ts'
import { Problem, problem, problemBody, refusalProblem } from '../problem.ts'
import type { Readiness } from '../readiness.ts'
import type { AppendOutcome } from '../store/store.ts'
import { type Fleet, fleetSpreadSeconds } from './fleet-spread.ts'
import { bodyOf, encodingOrRefuse, MAX_BATCH_BYTES } from './record-body.ts'
import { BatchAnswer, NoQuery, ProblemAnswer, RecordAnswer } from './schemas.ts'
import { limitTime } from './time-limits.ts'

const RETRY_FULL_SECONDS = 5
const RETRY_FAILED_SECONDS = 30

export interface RecordRoutes extends Fleet {
  readonly guard: Guard
  readonly intake: Pick<Intake, 'take'>
  readonly known: KnownAccess
  readonly strangers: Strangers
  readonly commit: GroupCommit
  readonly live: LiveSites
  /** Hears what agents were shown of the log; null: there is none. */
  readonly ledger: Pick<Ledger, 'hear'> | null
  readonly metrics: OwnMetrics
  readonly readiness: Readiness
  readonly nowMs: () => number
}

type Outcome = Result<{ readonly outcome: AppendOutcome } & TakenRecord, IngestRefusal>

/**
 * `POST /api/v1/records`: one DSSE envelope (application/json), or up to 500 of them, one per line
 * (application/x-ndjson), plain or packed (Content-Encoding gzip or deflate). A record is acknowledged (2xx, or `stored`/`repeated` in a batch) only
 * when it is on disk; sending it again is harmless. One bad line of a batch refuses that line only.
 */
export function addRecordRoutes(app: FastifyInstance, parts: RecordRoutes): void {
  const raw = (_request: FastifyRequest, body: Buffer, done: (e: null, b: Buffer) => void) =>
    done(null, body)
  const as = { parseAs: 'buffer' } as const
  app.addContentTypeParser('application/json', { ...as, bodyLimit: MAX_ENVELOPE_BYTES }, raw)
  app.addContentTypeParser('application/x-ndjson', { ...as, bodyLimit: MAX_BATCH_BYTES }, raw)
  app.route({
    method: 'POST',
    url: '/api/v1/records',
    schema: {
      summary: 'Deliver records',
      tags: ['agents'],
      security: [{ bearer: [] }],
      querystring: NoQuery,
      body: {
        content: {
          'application/json': { schema: EnvelopeSchema },
          'application/x-ndjson': { schema: v.string() },
        },
      },
      response: {
        200: v.union([RecordAnswer, BatchAnswer]),
        201: RecordAnswer,
        '4xx': ProblemAnswer,
        503: ProblemAnswer,
      },
    },
    config: { ownTimeLimit: true },
    onRequest: async (request, reply) => {
      limitTime(request, reply)
      encodingOrRefuse(request)
      const sender = await parts.guard.senderOf(request)
      if (sender === null) admit(parts, request)
    },
    handler: (request, reply) => take(parts, request, reply),
  })
}

/** Before the body is read. @throws Problem too-much-unproven */
function admit({ strangers }: RecordRoutes, { ip }: FastifyRequest): void {
  const seconds = strangers.waitSeconds(sourceOf(ip))
  if (seconds > 0) throw new Problem('too-much-unproven', {}, seconds)
}

function refusedFrom(parts: RecordRoutes, { ip }: FastifyRequest, code: IngestRefusal['code']) {
  parts.metrics.refusal(code)
  parts.strangers.refused(sourceOf(ip), code)
}

async function take(parts: RecordRoutes, request: FastifyRequest, reply: FastifyReply) {
  const body = bodyOf(request)
  const outcomes = await storeAll(parts, request, body)
  if (reply.sent) return reply
  const seconds = fleetSpreadSeconds(parts)
  if (seconds > 0) reply.header(SPREAD_HEADER, String(seconds))
  if (body.isBatch) {
    return { results: outcomes.map((outcome) => lineAnswer(outcome, request.id)) }
  }
  const [outcome] = outcomes
  if (outcome === undefined) throw problem('empty-batch')
  const answer = lineAnswer(outcome, request.id)
  if (answer.outcome === 'refused') throw answer.cause
  return reply.code(answer.outcome === 'stored' ? 201 : 200).send(answer)
}

/** Parses, checks whose they are, stores what is good in one go, and tells of each line. */
async function storeAll(
  parts: RecordRoutes,
  request: FastifyRequest,
  body: Body,
): Promise<Outcome[]> {
  const sender = await parts.guard.senderOf(request)
  const taken = await readAll(parts, request, body)
  // Only now: a key that was taken back while they were read signs for nobody.
  const known = await parts.known.fresh()
  const nowMs = parts.nowMs()
  const own = taken.map((line): Taken => {
    if (!line.ok) return line
    const { row, signers, proven } = line.value
    const signed = { site: row.site, agent: row.agent, signers, proven }
    const refusal = ownerRefusal(known, signed, sender, nowMs)
    return refusal === null ? line : refuse(refusal)
  })
  const good = own.flatMap((line) => (line.ok ? [line.value] : []))
  const stored = good.length === 0 ? [] : await submit(parts, good)
  let at = 0
  return own.map((line): Outcome => {
    if (!line.ok) {
      refusedFrom(parts, request, line.error.code)
      return line
    }
    const outcome = stored[at] ?? 'conflict'
    at += 1
    parts.metrics.record(outcome)
    if (outcome === 'stored') {
      parts.live.accept(line.value.row, line.value.glance)
      parts.ledger?.hear(line.value.glance.told)
    }
    return { ok: true, value: { ...line.value, outcome } }
  })
}

async function readAll(
  parts: RecordRoutes,
  request: FastifyRequest,
  body: Body,
): Promise<readonly Taken[]> {
  const receivedMs = parts.nowMs()
  // What was enrolled a moment ago is told to the threads with the body.
  await parts.known.fresh()
  const taken = await parts.intake.take(body, receivedMs).catch((error: unknown) => {
    parts.metrics.refusal('overload')
    const full = error instanceof IntakeFull
    throw new Problem('overload', {}, full ? RETRY_FULL_SECONDS : RETRY_FAILED_SECONDS)
  })
  if (taken.ok) return taken.value
  const { code } = taken.error
  if (isIngestRefusal(code)) refusedFrom(parts, request, code)
  throw refusalProblem(taken.error)
}

async function submit(parts: RecordRoutes, good: readonly TakenRecord[]) {
  const low = parts.readiness.diskLow()
  if (low !== null) {
    parts.metrics.refusal('overload')
    throw new Problem('store-failed', {}, RETRY_FAILED_SECONDS)
  }
  try {
    const outcomes = await parts.commit.submit(good.map((line) => line.row))
    parts.readiness.storeWorks()
    return outcomes
  } catch (error) {
    parts.metrics.refusal('overload')
    if (error instanceof QueueFull) throw new Problem('overload', {}, RETRY_FULL_SECONDS)
    parts.readiness.storeFailed(error)
    throw new Problem('store-failed', {}, RETRY_FAILED_SECONDS)
  }
}

function lineAnswer(line: Outcome, requestId: string) {
  if (!line.ok) return refused(refusalProblem(line.error), requestId)
  const { outcome, row } = line.value
  const { agent, boot, sequence, payloadSha256: sha256 } = row
  if (outcome === 'conflict') {
    const where = `${agent}, boot ${boot}, sequence ${sequence}`
    return refused(problem('conflict', { where }), requestId)
  }
  return { outcome, agent, boot, sequence, sha256 }
}

function refused(cause: Problem, requestId: string) {
  const body = { outcome: 'refused' as const, problem: problemBody(cause, requestId) }
  return Object.defineProperty(body, 'cause', { value: cause }) as typeof body & {
    readonly cause: Problem
  }
}
