import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as v from 'valibot'
import { EnvelopeSchema, RECORD_PAYLOAD_TYPE } from '../../shared/record/record.ts'
import { type Result, refuse } from '../../shared/result.ts'
import type { Guard } from '../access/guard.ts'
import type { KnownAccess } from '../access/known.ts'
import type { AgentIdentity } from '../access/principals.ts'
import type { CheckRecord } from '../access/record-signatures.ts'
import { decompress, ENCODINGS, type Encoding, encodingOf } from '../ingest/decompress.ts'
import { type GroupCommit, QueueFull } from '../ingest/group-commit.ts'
import type { LiveSites } from '../ingest/live.ts'
import { MAX_ENVELOPE_BYTES, type ParsedRecord, parseEnvelope } from '../ingest/parse.ts'
import type { IngestRefusal } from '../ingest/refusals.ts'
import type { Strangers } from '../ingest/strangers.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { OwnMetrics } from '../metrics/own.ts'
import { Problem, problem, problemBody, refusalProblem } from '../problem.ts'
import type { Readiness } from '../readiness.ts'
import type { AppendOutcome } from '../store/store.ts'
import { BatchAnswer, NoQuery, ProblemAnswer, RecordAnswer } from './schemas.ts'

export const MAX_BATCH_RECORDS = 500
/** Of a batch as it is sent, packed or not. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024
/** Of a batch once unpacked: 500 records of ordinary size, twice over. */
const MAX_UNPACKED_BYTES = 8 * 1024 * 1024
/** Lines that are checked in one go: a large batch must not keep others waiting for long. */
const LINES_PER_TURN = 40
const RETRY_FULL_SECONDS = 5
const RETRY_FAILED_SECONDS = 30

export interface RecordRoutes {
  readonly guard: Guard
  /** Whether a record is its agent's: by signature, or by the sender's token. */
  readonly checkRecord: CheckRecord
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

type Outcome = Result<{ readonly outcome: AppendOutcome } & ParsedRecord, IngestRefusal>

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
    onRequest: async (request) => {
      encodingOrRefuse(request)
      const sender = await parts.guard.senderOf(request)
      if (sender === null) admit(parts, request)
    },
    handler: (request, reply) => take(parts, request, reply),
  })
}

/** Before the body is read. @throws Problem too-much-unproven */
function admit({ strangers }: RecordRoutes, { ip }: FastifyRequest): void {
  const seconds = strangers.waitSeconds(ip)
  if (seconds > 0) throw new Problem('too-much-unproven', {}, seconds)
}

function refusedFrom(parts: RecordRoutes, { ip }: FastifyRequest, code: IngestRefusal['code']) {
  parts.metrics.refusal(code)
  parts.strangers.refused(ip, code)
}

async function take(parts: RecordRoutes, request: FastifyRequest, reply: FastifyReply) {
  const batch = request.headers['content-type']?.startsWith('application/x-ndjson') ?? false
  const body = await unpacked(parts, request, batch ? MAX_UNPACKED_BYTES : MAX_ENVELOPE_BYTES)
  const lines = batch ? splitLines(body) : [body]
  const outcomes = await storeAll(parts, request, lines)
  if (batch) {
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
  lines: readonly Uint8Array[],
): Promise<Outcome[]> {
  const sender = await parts.guard.senderOf(request)
  const receivedMs = parts.nowMs()
  const known = await parts.known.fresh()
  const admits = (keyId: string) => known.knowsKey(keyId)
  const parsed: Result<ParsedRecord, IngestRefusal>[] = []
  for (let at = 0; at < lines.length; at += LINES_PER_TURN) {
    if (at > 0) await setImmediate()
    const turn = lines
      .slice(at, at + LINES_PER_TURN)
      .map((line) => checkOwner(parts, parseEnvelope(line, receivedMs, admits), sender))
    parsed.push(...(await Promise.all(turn)))
  }
  const good = parsed.flatMap((line) => (line.ok ? [line.value] : []))
  const stored = good.length === 0 ? [] : await submit(parts, good)
  let at = 0
  return parsed.map((line): Outcome => {
    if (!line.ok) {
      refusedFrom(parts, request, line.error.code)
      return line
    }
    const outcome = stored[at] ?? 'conflict'
    at += 1
    parts.metrics.record(outcome)
    if (outcome === 'stored') {
      parts.live.accept(line.value.row, line.value.record)
      parts.ledger?.hear(line.value.record)
    }
    return { ok: true, value: { ...line.value, outcome } }
  })
}

async function submit(parts: RecordRoutes, good: readonly ParsedRecord[]) {
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

async function checkOwner(
  parts: RecordRoutes,
  line: Result<ParsedRecord, IngestRefusal>,
  sender: AgentIdentity | null,
): Promise<Result<ParsedRecord, IngestRefusal>> {
  if (!line.ok) return line
  const { record, row, signatures } = line.value
  const signed = {
    ...{ site: record.site, agent: record.agent, signatures },
    ...{ payloadType: RECORD_PAYLOAD_TYPE, payload: row.payload },
  }
  const refusal = await parts.checkRecord(signed, sender, parts.nowMs())
  return refusal === null ? line : refuse(refusal)
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

function splitLines(body: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let at = 0; at < body.length; ) {
    const found = body.indexOf(0x0a, at)
    const end = found === -1 ? body.length : found
    if (end > at) lines.push(body.subarray(at, end))
    if (lines.length > MAX_BATCH_RECORDS) {
      throw problem('batch-too-long', { where: 'body', wanted: `<= ${MAX_BATCH_RECORDS} lines` })
    }
    at = end + 1
  }
  if (lines.length === 0) throw problem('empty-batch', { where: 'body' })
  const long = lines.findIndex((line) => line.length > MAX_ENVELOPE_BYTES)
  if (long !== -1) {
    throw problem('too-large', { where: `line ${long + 1}`, wanted: `<= ${MAX_ENVELOPE_BYTES} B` })
  }
  return lines
}

async function unpacked(
  parts: RecordRoutes,
  request: FastifyRequest,
  maxBytes: number,
): Promise<Uint8Array> {
  const { body } = request
  if (!(body instanceof Uint8Array)) throw problem('empty-batch', { where: 'body' })
  const plain = await decompress(body, encodingOrRefuse(request), maxBytes)
  if (plain.ok) return plain.value
  refusedFrom(parts, request, plain.error.code)
  throw refusalProblem(plain.error)
}

function encodingOrRefuse(request: FastifyRequest): Encoding {
  const header = request.headers['content-encoding']
  const encoding = encodingOf(header)
  if (encoding !== null) return encoding
  throw problem('media-type', {
    where: 'header Content-Encoding',
    ...{ wanted: ENCODINGS.join(', '), found: (header ?? '').slice(0, 60) },
  })
}
