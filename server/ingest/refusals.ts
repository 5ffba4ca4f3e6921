/** Every way in which a record can be refused: a closed list, so that it can label a metric. */
export const INGEST_REFUSALS = {
  'not-json': {
    status: 400,
    title: 'The body is not JSON',
    repair: 'send one JSON envelope, encoded in UTF-8',
  },
  'bad-encoding': {
    status: 400,
    title: 'The body is not packed as its header says',
    repair:
      'send the whole body, packed with gzip or deflate (zlib), or leave Content-Encoding out',
  },
  'unpacked-too-large': {
    status: 413,
    title: 'The body is too large once it is unpacked',
    repair: 'send fewer records in one batch',
  },
  'json-too-deep': {
    status: 400,
    title: 'The JSON is nested too deeply',
    repair: 'send a record as the schema at /docs describes it',
  },
  'json-repeated-key': {
    status: 400,
    title: 'An object holds the same key twice',
    repair: 'write every key once: readers would disagree on which value counts',
  },
  schema: {
    status: 400,
    title: 'The data does not fit the schema',
    repair: 'compare the place named in `where` with the schema at /docs',
  },
  'unknown-kind': {
    status: 400,
    title: 'The record holds an observation of a kind that this collector does not know',
    repair:
      'update the collector to the version of its agents, then move the record back to pending/',
  },
  'payload-encoding': {
    status: 400,
    title: 'The payload is not plain, canonical base64',
    repair: 'write the payload as padded base64 (RFC 4648 section 4) without escapes',
  },
  'bad-window': {
    status: 400,
    title: 'The window of the record is not possible',
    repair: 'let a window end after it begins, last at most a day, and hold what was seen in it',
  },
  'not-yours': {
    status: 403,
    title: 'The token does not vouch for this record',
    repair: 'use the token that was made for this agent and site',
  },
  unsigned: {
    status: 401,
    title: 'The record is not signed, and no token vouches for it',
    repair: 'enrol the agent with voip-ready agent enrol, or give it a token',
  },
  'must-sign': {
    status: 403,
    title: 'This agent has a key, so a token no longer speaks for it',
    repair: 'let the agent run with the state directory that it enrolled with',
  },
  'unknown-key': {
    status: 401,
    title: 'No such key of this agent is known here',
    repair: 'enrol the agent again: voip-ready collector enrol create --site NAME',
  },
  'revoked-key': {
    status: 401,
    title: 'This key was taken back or has been replaced',
    repair: 'enrol the agent again: voip-ready collector enrol create --site NAME',
  },
  'bad-signature': {
    status: 401,
    title: 'The signature is not that of these bytes under this key',
    repair: 'send the bytes exactly as they were signed',
  },
  conflict: {
    status: 409,
    title: 'Another record has this place in the sequence',
    repair: 'never reuse a sequence number within a boot; start a new boot id',
  },
} as const

export type IngestRefusalCode = keyof typeof INGEST_REFUSALS

/** Why a record was refused: the place, what was wanted there, and what was found. */
export interface IngestRefusal {
  readonly code: IngestRefusalCode
  readonly where: string
  readonly wanted: string
  readonly found: string
}

export function isIngestRefusal(code: string): code is IngestRefusalCode {
  return Object.hasOwn(INGEST_REFUSALS, code)
}
