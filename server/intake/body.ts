import { ok, type Result, refuse } from '../../shared/result.ts'
import { decompress, type Encoding } from '../ingest/decompress.ts'
import { MAX_ENVELOPE_BYTES } from '../ingest/parse.ts'
import type { IngestRefusal } from '../ingest/refusals.ts'
import type { ProblemDetail } from '../problem.ts'

/** What a request brought, as it came. */
export interface Body {
  readonly bytes: Uint8Array
  readonly encoding: Encoding
  /** Envelopes, one a line; else it is one envelope. */
  readonly isBatch: boolean
}

/** Why a body as a whole is refused, whatever its records are. */
export type BodyRefusal =
  | IngestRefusal
  | ({ readonly code: 'empty-batch' | 'batch-too-long' | 'too-large' } & ProblemDetail)

const MAX_BATCH_RECORDS = 500
/** Of a batch once unpacked: 500 records of ordinary size, twice over. */
const MAX_UNPACKED_BYTES = 8 * 1024 * 1024
const LINE_FEED = 0x0a

/**
 * The envelopes of a body, unpacked: one, or those of a batch.
 * @returns views of what was unpacked; or what {@link decompress} refuses, an empty batch, one of too
 *   many lines or with a line that is too long
 */
export function linesOf({
  bytes,
  encoding,
  isBatch,
}: Body): Result<readonly Uint8Array[], BodyRefusal> {
  const plain = decompress(bytes, encoding, isBatch ? MAX_UNPACKED_BYTES : MAX_ENVELOPE_BYTES)
  if (!plain.ok) return plain
  return isBatch ? splitLines(plain.value) : ok([plain.value])
}

function splitLines(body: Uint8Array): Result<readonly Uint8Array[], BodyRefusal> {
  const lines: Uint8Array[] = []
  for (let at = 0; at < body.length; ) {
    if (body[at] === LINE_FEED) {
      at += 1
      continue
    }
    const found = body.indexOf(LINE_FEED, at)
    const end = found === -1 ? body.length : found
    lines.push(body.subarray(at, end))
    if (lines.length > MAX_BATCH_RECORDS) {
      const wanted = `<= ${MAX_BATCH_RECORDS} lines`
      return refuse({ code: 'batch-too-long', where: 'body', wanted })
    }
    at = end + 1
  }
  if (lines.length === 0) return refuse({ code: 'empty-batch', where: 'body' })
  const long = lines.findIndex((line) => line.length > MAX_ENVELOPE_BYTES)
  if (long === -1) return ok(lines)
  const wanted = `<= ${MAX_ENVELOPE_BYTES} B`
  return refuse({ code: 'too-large', where: `line ${long + 1}`, wanted })
}
