import { createHash, hash } from 'node:crypto'
import { ObservationSchema } from '../../shared/record/kinds.ts'
import { type AgentRecord, type Envelope, RecordSchema } from '../../shared/record/record.ts'
import { streamOutside } from '../../shared/record/window.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { carriedBy } from '../../shared/verdict/period.ts'
import { packPayload, unpackPayload } from '../store/packed.ts'
import { LONGEST_WINDOW_MS, type RecordRow } from '../store/record-row.ts'
import { checkBy, LONGEST_QUOTE } from './check.ts'
import { openEnvelope } from './envelope.ts'
import type { IngestRefusal } from './refusals.ts'
import { parseStrictJson } from './strict-json.ts'

/** Largest envelope: ledger entries carry a 16-bit length (C2SP tlog-tiles). */
export const MAX_ENVELOPE_BYTES = 65_535

/** RFC 6962 section 2.1: what tells a leaf from a node. */
const LEAF_PREFIX = Uint8Array.of(0)

export interface ParsedRecord {
  readonly record: AgentRecord
  readonly row: RecordRow
  /** The exact bytes that were signed. */
  readonly payload: Uint8Array
  readonly signatures: Envelope['signatures']
}

/**
 * Reads one DSSE envelope from the bytes as received. Nothing is stripped or coerced; what comes out
 * is exactly what was signed. (Whether the signatures are the
 * agent's is looked at by server/intake and server/access/record-signatures.ts.)
 *
 * @param bytes the envelope's JSON text, at most MAX_ENVELOPE_BYTES (the route's limit holds it)
 * @param receivedMs arrival, milliseconds since 1970
 * @param knowsKey says whether any agent has a key of this id: where none of the signatures' keys is
 *   known, the payload is not even looked at. Left out: it always is
 */
export function parseEnvelope(
  bytes: Uint8Array,
  receivedMs: number,
  knowsKey: (keyId: string) => boolean = () => true,
): Result<ParsedRecord, IngestRefusal> {
  const opened = openEnvelope(bytes)
  if (!opened.ok) return opened
  const { payload, frame, frameAt, signatures } = opened.value
  if (signatures.length > 0 && !signatures.some(({ keyid }) => knowsKey(keyid))) {
    const found = signatures.map(({ keyid }) => keyid).join(', ')
    const wanted = 'a signature by a key that was enrolled here'
    return refuse({ code: 'unknown-key', where: 'envelope.signatures', wanted, found })
  }
  const inner = parseStrictJson(payload, 'payload')
  if (!inner.ok) return inner
  const record = checkRecord(inner.value, 'payload')
  if (!record.ok) return refuse(unknownKind(inner.value) ?? record.error)
  const window = checkWindow(record.value)
  if (!window.ok) return window
  return ok({
    record: record.value,
    ...{ signatures, payload },
    row: toRow(record.value, {
      ...{ payload, frame, frameAt, receivedMs },
      leafHash: createHash('sha256').update(LEAF_PREFIX).update(bytes).digest(),
    }),
  })
}

const checkRecord = checkBy(RecordSchema)

const KINDS: readonly string[] = ObservationSchema.options.map(
  ({ entries }) => entries.kind.literal,
)

/** An agent newer than this collector is told so in plain words, before the schema has its say. */
function unknownKind(value: unknown): IngestRefusal | null {
  const { observations } = (value ?? {}) as { readonly observations?: unknown }
  if (!Array.isArray(observations)) return null
  const at = observations.findIndex(
    (seen: { readonly kind?: unknown } | null) =>
      typeof seen?.kind === 'string' && !KINDS.includes(seen.kind),
  )
  if (at < 0) return null
  return {
    code: 'unknown-kind',
    where: `payload.observations.${at}.kind`,
    wanted: KINDS.join(', '),
    found: String(observations[at].kind).slice(0, LONGEST_QUOTE),
  }
}

/** Reads back a stored record; it was checked when it was accepted. */
export function parseStored({ packed }: Pick<RecordRow, 'packed'>): AgentRecord {
  return JSON.parse(unpackPayload(packed).toString('utf8')) as AgentRecord
}

function checkWindow(record: AgentRecord): Result<null, IngestRefusal> {
  const { from, to } = record.window
  if (to > from && to - from <= LONGEST_WINDOW_MS) return checkStreams(record)
  return refuse({
    code: 'bad-window',
    where: 'payload.window',
    wanted: `from < to <= from + ${LONGEST_WINDOW_MS}`,
    found: `${from} to ${to}`,
  })
}

function checkStreams(record: AgentRecord): Result<null, IngestRefusal> {
  const at = streamOutside(record)
  const stream = record.observations[at]
  if (stream?.kind !== 'stream') return ok(null)
  return refuse({
    code: 'bad-window',
    where: `payload.observations.${at}`,
    wanted: `times within the record's window, ${record.window.from} to ${record.window.to}`,
    found: `${stream.from} to ${stream.to}`,
  })
}

function toRow(
  record: AgentRecord,
  {
    payload,
    ...rest
  }: Pick<RecordRow, 'frame' | 'frameAt' | 'leafHash' | 'receivedMs'> & {
    readonly payload: Uint8Array
  },
): RecordRow {
  return {
    ...rest,
    packed: packPayload(payload),
    site: record.site,
    agent: record.agent,
    boot: record.boot.toLowerCase(),
    sequence: record.sequence,
    fromMs: record.window.from,
    toMs: record.window.to,
    profileSha256: record.profile.sha256,
    payloadSha256: hash('sha256', payload, 'hex'),
    carries: carriedBy(record) ?? (record.run === undefined ? null : 'look'),
  }
}
