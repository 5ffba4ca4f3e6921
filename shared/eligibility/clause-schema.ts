import * as v from 'valibot'
import {
  AnswerSchema,
  count,
  instant,
  PhaseSchema,
  place,
  StandingSchema,
  StateSchema,
  share,
  span,
  text,
} from './terms.ts'

/** One quarter hour's word on one line, with everything that it rests on. */
export const DeterminationSchema = v.strictObject({
  from: instant,
  to: instant,
  phase: PhaseSchema,
  state: StateSchema,
  verdict: v.picklist(['pass', 'fail', 'inconclusive', 'not-tested']),
  /** Reason code of the judge, or one of eligibility's own (see README.md). */
  reason: text,
  detail: text,
  value: v.nullable(v.number()),
  /** Where the true value lies with its whole error; null: nothing was measured. */
  error: v.nullable(v.tuple([v.number(), v.number()])),
  unit: v.picklist(['ms', 'ratio', 'dscp', 'kbit/s', 'none']),
  limit: v.nullable(v.number()),
  op: v.picklist(['<', '<=', '==', '>=', 'none']),
  statistic: text,
  n: count,
  standing: StandingSchema,
})
export type Determination = v.InferOutput<typeof DeterminationSchema>

/** How many quarter hours of a span are in which state. */
export const TallySchema = v.strictObject({
  quarterHours: count,
  met: count,
  notMet: count,
  undetermined: count,
  excluded: count,
})
export type Tally = v.InferOutput<typeof TallySchema>

/** Shares of a span: decided one way or the other, and seen by streams (null: no stream's line). */
export const CoverageSchema = v.strictObject({ determined: share, seen: v.nullable(share) })

/** The answer for one line at one place, and the timeline behind it. */
export const ClauseAnswerSchema = v.strictObject({
  ...place,
  answer: AnswerSchema,
  /** What it would be if everything that is only claimed were true. */
  asClaimed: AnswerSchema,
  /** The weakest standing among the quarter hours that the answer rests on. */
  standing: StandingSchema,
  /** Why, in a sentence. */
  why: text,
  tally: v.strictObject({
    reference: TallySchema,
    before: TallySchema,
    during: TallySchema,
    after: TallySchema,
  }),
  coverage: v.strictObject({
    reference: CoverageSchema,
    before: CoverageSchema,
    during: CoverageSchema,
    after: CoverageSchema,
  }),
  /** The worst quarter hour of the reference: a fail, else the one closest to its limit. */
  worst: v.nullable(DeterminationSchema),
  lastBefore: v.nullable(DeterminationSchema),
  /** The first quarter hour that began after the end and passed. */
  firstPassAfter: v.nullable(DeterminationSchema),
})
export type ClauseAnswer = v.InferOutput<typeof ClauseAnswerSchema>

/** Neighbouring quarter hours that say the same of a line. */
export const StretchSchema = v.strictObject({
  ...span.entries,
  phase: PhaseSchema,
  state: StateSchema,
  reason: text,
  quarterHours: count,
  /** Least and greatest value in it; null: none was measured. */
  values: v.nullable(v.tuple([v.number(), v.number()])),
})
export type Stretch = v.InferOutput<typeof StretchSchema>

export const TimelineSchema = v.strictObject({ ...place, stretches: v.array(StretchSchema) })
export type Timeline = v.InferOutput<typeof TimelineSchema>
