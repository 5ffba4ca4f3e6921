import { ACCESS_PROBLEMS } from './access/problems.ts'
import { INGEST_REFUSALS } from './ingest/refusals.ts'

/** Every problem that the API answers with, as RFC 9457 bodies (`application/problem+json`). */
export const PROBLEMS = {
  ...INGEST_REFUSALS,
  ...ACCESS_PROBLEMS,
  unauthorized: {
    status: 401,
    title: 'A token is needed',
    repair: 'make one with voip-ready collector tokens add, and send it as a bearer token',
  },
  'wrong-role': {
    status: 403,
    title: 'This token is for something else',
    repair: 'agents write with an agent token, people and Prometheus read with a viewer token',
  },
  'bad-request': {
    status: 400,
    title: 'The request cannot be understood',
    repair: 'compare it with the description at /docs',
  },
  'bad-parameter': {
    status: 400,
    title: 'A parameter of the request is wrong',
    repair: 'compare the place named in `where` with the description at /docs',
  },
  'empty-batch': {
    status: 400,
    title: 'The batch holds no records',
    repair: 'send one envelope per line',
  },
  'batch-too-long': {
    status: 413,
    title: 'The batch holds too many records',
    repair: 'split it',
  },
  'too-large': {
    status: 413,
    title: 'The body is too large',
    repair: 'send smaller records or smaller batches',
  },
  'media-type': {
    status: 415,
    title: 'The body has a type or encoding that is not read here',
    repair: 'send application/json or application/x-ndjson, not compressed',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    repair: 'see /docs for what there is',
  },
  'unknown-site': {
    status: 404,
    title: 'No site of this name ever delivered a record',
    repair: 'see /api/v1/sites for those that did',
  },
  'no-log': {
    status: 404,
    title: 'This collector has not logged anything yet, or not in the log that was asked for',
    repair:
      'ask again when its first checkpoint is out, a minute after its first record; or for a log that is here',
  },
  'unknown-profile': {
    status: 404,
    title: 'No profile with this hash is known here',
    repair: 'start the collector with --profile naming its file',
  },
  'unknown-pin': {
    status: 404,
    title: 'This site has no pin of this id',
    repair: 'see /api/v1/sites/SITE/pins for those there are',
  },
  'not-in-ledger': {
    status: 404,
    title: 'No record of this name has a place in the ledger',
    repair: 'compare agent, boot and sequence; a record that has just come waits a second',
  },
  'not-signed-yet': {
    status: 404,
    title: 'No checkpoint covers this yet',
    repair: 'ask again in a minute; if that does not help, see /readyz for why nothing is signed',
  },
  'unknown-plan': {
    status: 404,
    title: 'This site has no plan here',
    repair: 'write one and give it with voip-ready collector plan put SITE FILE',
  },
  'plan-invalid': {
    status: 422,
    title: 'The plan is not one that an agent could work by',
    repair: 'mend every place named after found; the plan in force stays',
  },
  'plan-stale': {
    status: 412,
    title: 'Another version of the plan is in force than you had before you',
    repair: 'read the plan again, and send If-Match with its ETag',
  },
  'unknown-run': {
    status: 404,
    title: 'There is no such run',
    repair: 'see /api/v1/sites/SITE/runs for those there are',
  },
  'run-refused': {
    status: 403,
    title: 'The plan of this site does not allow this run',
    repair:
      'ask for less, or let the plan allow it (caps.consent, caps.maxCalls, schedule.windows)',
  },
  'too-much-unproven': {
    status: 429,
    title: 'Too many records without proof came from this address',
    repair: 'wait for Retry-After seconds; an enrolled agent keeps what it could not deliver',
  },
  'queue-full': {
    status: 429,
    title: 'Too many runs of this site wait or are under way',
    repair: 'wait for one to end, or cancel one',
  },
  'too-many-connections': {
    status: 429,
    title: 'Too many connections of this address are open',
    repair:
      'close some, or ask again after Retry-After seconds; the operator may raise --connections-per-address',
  },
  'too-many-watchers': {
    status: 503,
    title: 'Too many watch runs at the moment',
    repair: 'read the run itself now and then instead',
  },
  overload: {
    status: 503,
    title: 'Too many records wait to be written',
    repair: 'keep the records and send them again after Retry-After seconds',
  },
  'reports-busy': {
    status: 503,
    title: 'Too many reports wait to be made',
    repair: 'ask again after Retry-After seconds',
  },
  'report-too-much': {
    status: 503,
    title: 'This report takes more time or memory than one may take here',
    repair: 'ask for less time, or get the bundle and make the report of it with voip-ready report',
  },
  'bundles-busy': {
    status: 503,
    title: 'Too many bundles wait to be made or read',
    repair: 'ask again after Retry-After seconds',
  },
  'bundle-too-much': {
    status: 503,
    title: 'This bundle takes more time, memory or disk space than one may take here',
    repair: 'ask for less time, or cut it beside the data with voip-ready collector bundle',
  },
  'store-failed': {
    status: 503,
    title: 'Records cannot be stored at the moment',
    repair: 'keep the records and send them again; the operator sees why at /readyz',
  },
  'store-away': {
    status: 503,
    title: 'What is kept cannot be read or written at the moment',
    repair: 'ask again after Retry-After seconds; the operator sees why at /readyz',
  },
  'too-slow': {
    status: 408,
    title: 'The request did not come to its end in time',
    repair: 'send it again, all of it within 10 seconds',
  },
  timeout: {
    status: 503,
    title: 'The answer took too long',
    repair: 'ask again, or for less',
  },
  internal: {
    status: 500,
    title: 'The collector failed',
    repair: 'tell the operator the requestId; the log holds the cause',
  },
} as const

export type ProblemCode = keyof typeof PROBLEMS

export interface ProblemDetail {
  readonly where?: string
  readonly wanted?: string
  readonly found?: string
}

/** A problem on its way to the answer. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly detail: ProblemDetail
  readonly retryAfterSeconds: number | null

  constructor(code: ProblemCode, detail: ProblemDetail, retryAfterSeconds: number | null = null) {
    super(PROBLEMS[code].title)
    this.code = code
    this.detail = detail
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export function problem(code: ProblemCode, detail: ProblemDetail = {}): Problem {
  return new Problem(code, detail)
}

export function refusalProblem({
  code,
  ...detail
}: { code: ProblemCode } & ProblemDetail): Problem {
  return new Problem(code, detail)
}

/** The body as RFC 9457 section 3 lays it out, with what a person needs to mend it. */
export function problemBody({ code, detail }: Pick<Problem, 'code' | 'detail'>, requestId: string) {
  const { status, title, repair } = PROBLEMS[code]
  const { where, wanted, found } = detail
  const facts = [
    ...(wanted === undefined ? [] : [`wanted ${wanted}`]),
    ...(found === undefined ? [] : [`found ${found}`]),
  ].join(', ')
  const sentence = [where ?? '', facts].filter((part) => part !== '').join(': ')
  return {
    type: `urn:voip-ready:problem:${code}`,
    title,
    status,
    ...(sentence === '' ? {} : { detail: sentence }),
    ...detail,
    repair,
    requestId,
  }
}
