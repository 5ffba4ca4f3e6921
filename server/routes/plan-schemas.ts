import * as v from 'valibot'
import { AgentPlan, ProfileParams, SiteParams } from './schemas.ts'

/** The shapes of plans in the API; the plan itself is shared/plan/plan.ts. */
const instant = v.pipe(v.string(), v.isoTimestamp())
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const version = v.pipe(v.number(), v.integer(), v.minValue(0))

export const PlanParams = SiteParams
export const OwnProfileParams = ProfileParams

/** The plan as readers see it: its secrets are gone. */
export const PlanAnswer = v.strictObject({
  ...{ site: v.string(), version, sha256, at: instant, by: v.string() },
  plan: v.looseObject({}),
  agents: v.array(AgentPlan),
})
export const PlansQuery = v.strictObject({ after: v.optional(v.pipe(v.string(), v.maxLength(63))) })
export const PlansAnswer = v.strictObject({
  /** By name; `next` is what to say as `after` for more, null where there are none. */
  plans: v.array(v.strictObject({ site: v.string(), version, agents: v.array(AgentPlan) })),
  next: v.nullable(v.string()),
})
export const PlanPutAnswer = v.strictObject({
  outcome: v.picklist(['stored', 'repeated']),
  ...{ site: v.string(), version, sha256 },
})
export const PlanVersionsAnswer = v.strictObject({
  site: v.string(),
  /** Newest first. */
  versions: v.array(v.strictObject({ version, sha256, at: instant, by: v.string() })),
})
export const PlanReportAnswer = v.strictObject({ noted: v.literal(true) })
