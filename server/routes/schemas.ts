import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { instantFrom } from '../../shared/instant.ts'
import { LineReadSchema } from '../../shared/shown/line-read-schema.ts'
import { problem } from '../problem.ts'

/** The shapes of the API: what requests are checked against and what /docs describes. */
const instant = v.pipe(v.string(), v.isoTimestamp())
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const siteName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/))
const nullableNumber = v.nullable(v.number())
const verdict = v.picklist(['pass', 'fail', 'inconclusive', 'not-tested'])
const overall = v.picklist(['READY', 'NOT READY', 'CANNOT SAY'])

/** What an agent last said of the plan that it pulled. */
export const AgentPlan = v.strictObject({
  agent: v.string(),
  /** The version that it last spoke of. */
  version: v.number(),
  /** The newest version that it works by; null: none yet. */
  applied: v.nullable(v.number()),
  /** Why it does not work by `version`; empty where it does. */
  why: v.string(),
  at: instant,
})
const PlanState = v.strictObject({
  version: v.number(),
  agents: v.array(AgentPlan),
  /** Windows that are open now or begin within a day. */
  maintenance: v.array(
    v.strictObject({ id: v.string(), from: instant, to: instant, why: v.string() }),
  ),
})

export const SiteParams = v.strictObject({ site: siteName })
export const ProfileParams = v.strictObject({ sha256 })
export const NoQuery = v.strictObject({})
/** `at`: RFC 3339, e.g. 2026-03-01T09:05:00Z. */
export const AtQuery = v.strictObject({
  at: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(40),
      v.regex(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/,
        'an instant with its zone: 2026-03-01T09:05:00Z',
      ),
      v.check((text) => instantFrom(text) !== null, 'RFC 3339 instant since 1970'),
    ),
  ),
})

const ProfileName = v.strictObject({ id: v.string(), version: v.string(), sha256 })
const Agent = v.strictObject({
  agent: v.string(),
  up: v.boolean(),
  /** Null, here and below: no record of it ever came. */
  lastRecordAt: v.nullable(instant),
  newestWindowTo: v.nullable(instant),
  recordsMissing: nullableNumber,
  /** All its keys, or tokens where it has no key, were taken back: nothing more is taken from it. */
  revoked: v.boolean(),
  /** What it said with its newest question for work to this collector; null: none came in the last 2 minutes. */
  alive: v.nullable(
    v.strictObject({
      at: instant,
      /** Far ends that are not silent; null: it does not say. */
      heard: nullableNumber,
      silent: v.array(
        v.strictObject({ farEnd: v.picklist(['primary', 'secondary']), since: instant }),
      ),
    }),
  ),
})
const siteSummary = {
  site: siteName,
  /** Until when the plan has it under maintenance, which no alert disturbs; null: it is not. */
  maintenanceUntil: v.nullable(instant),
  /** What can be said now; CANNOT SAY once the site is silent, or hears no far end. */
  overall,
  silent: v.boolean(),
  /**
   * Why nothing can be said now; revoked: silent since the keys or tokens of its agents were taken back; never-sent: an
   * agent enrolled, and no record ever came; far-ends-silent: by the word of its agent, whose minutes since then
   * wait for the far ends, and come with nothing in them when that is over.
   */
  cause: v.nullable(
    v.picklist(['silent', 'revoked', 'far-ends-silent', 'never-sent', 'never-enrolled']),
  ),
  /** What the newest window came to, however old; null: there never was one. */
  last: v.nullable(v.strictObject({ overall, from: instant, to: instant, ageSeconds: v.number() })),
  profile: v.nullable(ProfileName),
  agents: v.array(Agent),
}
const Finding = v.strictObject({
  id: v.string(),
  title: v.string(),
  leg: v.picklist(['out', 'back', 'either', 'none']),
  farEnd: v.picklist(['primary', 'secondary', 'none']),
  segment: v.optional(v.string()),
  required: v.boolean(),
  verdict,
  reason: v.string(),
  meaning: v.string(),
  detail: v.string(),
  value: nullableNumber,
  interval: v.nullable(v.tuple([v.number(), v.number()])),
  unit: v.picklist(['ms', 'ratio', 'dscp', 'kbit/s', 'none']),
  limit: nullableNumber,
  op: v.picklist(['<', '<=', '==', '>=', 'none']),
  statistic: v.string(),
  n: v.number(),
  alternatives: v.array(v.strictObject({ statistic: v.string(), verdict })),
  advice: v.string(),
})
const judged = {
  period: v.strictObject({
    kind: v.picklist(['window', 'interval']),
    from: instant,
    to: instant,
    complete: v.boolean(),
    records: v.number(),
    leftOut: v.number(),
  }),
  /** The agent's look at everything besides voice that held then; null when none did. */
  checks: v.nullable(
    v.strictObject({
      agent: v.string(),
      startedAt: instant,
      validUntil: instant,
      /** False while parts of it have not come. */
      complete: v.boolean(),
      kinds: v.array(v.string()),
    }),
  ),
  /** Without a hash: no record and no plan names one. */
  profile: v.strictObject({ sha256: v.nullable(sha256), known: v.boolean() }),
  overall,
  counts: v.nullable(
    v.strictObject({
      pass: v.number(),
      fail: v.number(),
      inconclusive: v.number(),
      'not-tested': v.number(),
    }),
  ),
  findings: v.array(Finding),
  /** How each line that findings speak of is read at this site, from what line of the profile's source. */
  lines: v.array(LineReadSchema),
}

export const SitesAnswer = v.strictObject({
  now: instant,
  sites: v.array(
    v.strictObject({
      ...siteSummary,
      /** False: its newest window waits to be judged, and its word is CANNOT SAY until then. */
      judged: v.boolean(),
      customer: v.nullable(v.string()),
    }),
  ),
  /** What to give as `after` for the next page; null: this was the last. */
  next: v.nullable(siteName),
  /** Of all sites, not of this page alone. */
  counts: v.strictObject({
    ...{ sites: v.number(), ready: v.number(), notReady: v.number(), cannotSay: v.number() },
    /** Of those that are CANNOT SAY the ones with a cause, other than that their keys were taken back. */
    unseen: v.number(),
    /** How many of those that cannot say are only not judged yet. */
    notJudgedYet: v.number(),
  }),
})
export const SiteAnswer = v.strictObject({
  now: instant,
  ...siteSummary,
  /** The plan in force and what its agents say of it; null where there is none. */
  plan: v.nullable(PlanState),
  window: v.strictObject(judged),
})
export const FindingsAnswer = v.strictObject({ now: instant, site: siteName, ...judged })
export const ProfileAnswer = v.strictObject({ sha256, profile: v.looseObject({}) })
const Acknowledgement = {
  outcome: v.picklist(['stored', 'repeated']),
  agent: v.string(),
  boot: v.string(),
  sequence: v.number(),
  sha256,
}
export const RecordAnswer = v.strictObject(Acknowledgement)
export const ProblemAnswer = v.strictObject({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.optional(v.string()),
  where: v.optional(v.string()),
  wanted: v.optional(v.string()),
  found: v.optional(v.string()),
  repair: v.string(),
  requestId: v.string(),
})
export const BatchAnswer = v.strictObject({
  results: v.array(
    v.variant('outcome', [
      RecordAnswer,
      v.strictObject({ outcome: v.literal('refused'), problem: ProblemAnswer }),
    ]),
  ),
})
export const HealthAnswer = v.strictObject({ healthy: v.literal(true), version: v.string() })
const Reason = v.strictObject({ what: v.string(), found: v.string(), repair: v.string() })
export const ReadyAnswer = v.strictObject({
  ready: v.boolean(),
  reasons: v.array(Reason),
  /** What is to be seen to; records are taken all the same. */
  warnings: v.array(Reason),
})

/** Checks one part of a request as it came: nothing is coerced, nothing is stripped. */
export function validate(schema: v.GenericSchema, part: string, data: unknown) {
  const result = v.safeParse(schema, data, { abortEarly: true, abortPipeEarly: true })
  if (result.success) return { value: result.output }
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  const where = path === null ? part : `${part}.${path}`
  // What a schema says in its own words is for people; a pattern is not.
  const own = issue.message.startsWith('Invalid ') ? null : issue.message
  const wanted = own ?? issue.expected ?? issue.message
  const found = issue.received.slice(0, 120)
  return { error: problem('bad-parameter', { where, wanted, found }) }
}

/** JSON Schema (for OpenAPI) of a valibot schema; what it cannot say is left to the description. */
export function jsonSchema(schema: v.GenericSchema): Record<string, unknown> {
  const { $schema: _, ...rest } = toJsonSchema(schema, { errorMode: 'ignore' })
  return rest as Record<string, unknown>
}
