import type { FastifyRequest } from 'fastify'
import { ENCODINGS, type Encoding, encodingOf } from '../ingest/decompress.ts'
import type { Body } from '../intake/body.ts'
import { problem } from '../problem.ts'

/** Of a batch as it is sent, packed or not. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024

/** What a request brought. @throws Problem empty-batch, media-type */
export function bodyOf(request: FastifyRequest): Body {
  const { body, headers } = request
  if (!(body instanceof Uint8Array)) throw problem('empty-batch', { where: 'body' })
  const isBatch = headers['content-type']?.startsWith('application/x-ndjson') ?? false
  return { bytes: body, encoding: encodingOrRefuse(request), isBatch }
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
