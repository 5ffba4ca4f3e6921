import * as v from 'valibot'
import { instantFrom } from '../instant.ts'
import { SiteSchema } from '../profile/site.ts'
import { RUN_KINDS } from './run-kinds.ts'

/**
 * What a site's agent is to do, as the collector's operators say it: where to look and what to hold
 * it against, how often, how much load it may make, and which runs need nobody's leave. Versioned by
 * the collector, pulled and kept by the agent.
 */
const hex64 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const word = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
const label = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,31}$/))
/** Instants in a plan are written by people: RFC 3339, in UTC. */
const instant = v.pipe(
  v.string(),
  v.maxLength(32),
  v.regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/,
    'an instant such as 2026-03-01T22:00Z',
  ),
  v.check((text) => instantFrom(text) !== null, 'an instant that exists'),
)
const timeOfDay = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 22:00'))

/** Times of the day, UTC; `to` before `from` reaches over midnight. */
const DailyWindowSchema = v.strictObject({ from: timeOfDay, to: timeOfDay })

const ScheduleSchema = v.strictObject({
  /** Milliseconds between two looks at everything besides voice; null: never. */
  checksEveryMs: v.optional(
    v.nullable(v.pipe(v.number(), v.integer(), v.minValue(300_000), v.maxValue(12 * 3_600_000))),
    3_600_000,
  ),
  /** Calls that run to each far end all the time. */
  calls: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 1),
  codec: v.optional(v.picklist(['g711', 'g729']), 'g711'),
  /** Runs that make load may run at these times alone; left out: at any time. */
  windows: v.optional(v.pipe(v.array(DailyWindowSchema), v.minLength(1), v.maxLength(8))),
})

const CapsSchema = v.strictObject({
  /** Most calls that a run may offer to one far end. */
  maxCalls: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)), 100),
  /** Most load that a run may make each way, IP packets counted. */
  maxKbitPerSecond: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(10_000_000)),
    10_000,
  ),
  /** Runs that this site allows without asking; one that is not named is refused. */
  consent: v.optional(v.pipe(v.array(v.picklist(RUN_KINDS)), v.maxLength(RUN_KINDS.length)), [
    ...(['check', 'ports', 'path'] as const),
  ]),
})

/** Time that the parties agreed to leave out; entering and withdrawing it are entries of the ledger. */
export const MaintenanceSchema = v.pipe(
  v.strictObject({
    id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/)),
    from: instant,
    to: instant,
    why: v.pipe(v.string(), v.minLength(4), v.maxLength(600)),
  }),
  v.check(({ from, to }) => Date.parse(from) < Date.parse(to), 'from before to'),
)
export type Maintenance = v.InferOutput<typeof MaintenanceSchema>

export const PlanSchema = v.strictObject({
  format: v.literal('voip-ready/plan/1'),
  /** The site file's content; a `keyFile` in it is a path on the agent's host. */
  site: SiteSchema,
  /** The profile, by its identity; its body is fetched by hash. */
  profile: v.strictObject({ id: word, version: word, sha256: hex64 }),
  schedule: v.optional(ScheduleSchema, {}),
  caps: v.optional(CapsSchema, {}),
  /** For people and screens; they decide nothing. */
  labels: v.optional(v.record(label, word), {}),
  maintenance: v.optional(v.pipe(v.array(MaintenanceSchema), v.maxLength(200)), []),
})
export type Plan = v.InferOutput<typeof PlanSchema>

/** What an agent says of a plan that it pulled. */
export const PlanReportSchema = v.strictObject({
  version: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 31)),
  applied: v.boolean(),
  /** Why not, for a person; empty where it was applied. */
  why: v.pipe(v.string(), v.maxLength(2000)),
})

/** A version of a plan on its way to the agent. */
export const SentPlanSchema = v.strictObject({
  version: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 31)),
  /** Over the plan's canonical JSON. */
  sha256: hex64,
  plan: v.unknown(),
})
