import { preAuthEncoding } from '../../shared/evidence/dsse.ts'
import { RECORD_PAYLOAD_TYPE } from '../../shared/record/record.ts'
import { ok, type Result } from '../../shared/result.ts'
import { type Glance, glanceOf } from '../ingest/glance.ts'
import { parseEnvelope } from '../ingest/parse.ts'
import type { IngestRefusal } from '../ingest/refusals.ts'
import type { RecordRow } from '../store/record-row.ts'
import { type Body, type BodyRefusal, linesOf } from './body.ts'
import type { KeyTable } from './key-table.ts'

/** A record that was read and checked; whether its signers may speak for its agent is yet to be asked. */
export interface TakenRecord {
  readonly row: RecordRow
  readonly glance: Glance
  /** Ids of the keys that its signatures name. */
  readonly signers: readonly string[]
  /** Places, in the list of enrolled keys, of those that really made one of them. */
  readonly proven: readonly number[]
}

export type Taken = Result<TakenRecord, IngestRefusal>
/** What is to be said of each line of a body, in their order; or of it as a whole. */
export type TakenBody = Result<readonly Taken[], BodyRefusal>

/** All that can be said of a body by itself: see {@link linesOf} and {@link takeLine}. */
export function takeBody(body: Body, receivedMs: number, keys: KeyTable): TakenBody {
  const lines = linesOf(body)
  return lines.ok ? ok(lines.value.map((line) => takeLine(line, receivedMs, keys))) : lines
}

/**
 * All that can be said of one envelope by itself: its form, its record, its signatures, and its row.
 *
 * @param bytes the envelope's JSON text
 * @param receivedMs arrival, milliseconds since 1970
 */
export function takeLine(bytes: Uint8Array, receivedMs: number, keys: KeyTable): Taken {
  const parsed = parseEnvelope(bytes, receivedMs, (keyId) => keys.knows(keyId))
  if (!parsed.ok) return parsed
  const { record, row, signatures, payload } = parsed.value
  const message = signatures.length === 0 ? null : preAuthEncoding(RECORD_PAYLOAD_TYPE, payload)
  return ok({
    row,
    glance: glanceOf(record),
    signers: signatures.map(({ keyid }) => keyid),
    proven: signatures.flatMap(({ keyid, sig }) =>
      message === null ? [] : keys.makersOf(keyid, message, Buffer.from(sig, 'base64')),
    ),
  })
}
