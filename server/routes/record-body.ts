import type { FastifyRequest } from 'fastify'
import { decompress, ENCODINGS, type Encoding, encodingOf } from '../ingest/decompress.ts'
import { MAX_ENVELOPE_BYTES } from '../ingest/parse.ts'
import type { IngestRefusal } from '../ingest/refusals.ts'
import { problem, refusalProblem } from '../problem.ts'

const MAX_BATCH_RECORDS = 500
/** Of a batch as it is sent, packed or not. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024
/** Of a batch once unpacked: 500 records of ordinary size, twice over. */
const MAX_UNPACKED_BYTES = 8 * 1024 * 1024

/** True for a body of many records, one a line. */
export function isBatch({ headers }: FastifyRequest): boolean {
  return headers['content-type']?.startsWith('application/x-ndjson') ?? false
}

/**
 * The envelopes of a body, unpacked: one, or those of a batch.
 * @param refused told why a body that cannot be unpacked is refused
 * @throws Problem what {@link decompress} refuses, empty-batch, batch-too-long, too-large
 */
export async function linesOf(
  request: FastifyRequest,
  refused: (code: IngestRefusal['code']) => void,
): Promise<readonly Uint8Array[]> {
  const { body } = request
  if (!(body instanceof Uint8Array)) throw problem('empty-batch', { where: 'body' })
  const batch = isBatch(request)
  const most = batch ? MAX_UNPACKED_BYTES : MAX_ENVELOPE_BYTES
  const plain = await decompress(body, encodingOrRefuse(request), most)
  if (plain.ok) return batch ? splitLines(plain.value) : [plain.value]
  refused(plain.error.code)
  throw refusalProblem(plain.error)
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

/** The coding of a body. @throws Problem media-type for one that is not known here */
export function encodingOrRefuse(request: FastifyRequest): Encoding {
  const header = request.headers['content-encoding']
  const encoding = encodingOf(header)
  if (encoding !== null) return encoding
  throw problem('media-type', {
    where: 'header Content-Encoding',
    ...{ wanted: ENCODINGS.join(', '), found: (header ?? '').slice(0, 60) },
  })
}
