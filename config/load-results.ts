import * as v from 'valibot'
import { InstrumentSchema } from '../shared/record/instrument.ts'
import { StreamObservationSchema } from '../shared/record/observation.ts'
import { QosObservationSchema } from '../shared/record/qos.ts'
import { count, FindingSchema, instant, JudgementSchema, RunSchema } from './check-result.ts'

/**
 * The documents that `voip-ready capacity --json` and `voip-ready qos --json` print. Published as JSON
 * Schemas in config/schemas, which a test keeps equal to this file, and real output valid by them.
 */

/** What calls take of a link one way, kbit/s. */
const rate = v.strictObject({ ipKbit: v.number(), ethernetKbit: v.number() })

const { verdict, reason, detail, value, interval, n, alternatives, advice } = FindingSchema.entries
const { unit, limit, op, statistic } = FindingSchema.entries

/** The line that decided about some windows, and what it said. */
const held = v.strictObject({
  id: v.string(),
  ruling: v.strictObject({
    ...{ verdict, reason, detail: v.optional(detail), value: v.optional(value) },
    ...{ interval: v.optional(interval), n: v.optional(n) },
    ...{ alternatives: v.optional(alternatives), advice: v.optional(advice) },
    /** How much of the same would probably decide, seconds. */
    runFor: v.optional(v.nullable(v.strictObject({ more: v.number(), total: v.number() }))),
    scale: v.optional(v.partial(v.strictObject({ unit, limit, op, statistic }))),
  }),
})
/** What was found at one number of calls; null: delay, jitter and loss all held. */
const step = v.strictObject({ calls: count, worst: v.nullable(held) })

const leg = v.strictObject({
  steps: v.array(step),
  /** The most calls that held, none fewer having failed. */
  sustained: v.nullable(count),
  /** The fewest calls at which a limit broke. */
  broke: v.nullable(step),
  /** The fewest calls between the two that decided nothing. */
  undecided: v.nullable(step),
})

const ramp = v.strictObject({
  farEnd: v.picklist(['primary', 'secondary']),
  address: v.string(),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
  /** Why it went no further, and what is known of that. */
  ended: v.picklist(['all-offered', 'broke', 'host', 'unanswered', 'refused', 'stopped']),
  why: v.string(),
  out: leg,
  back: leg,
  /** The most calls that held on both legs, and what they take of a link. */
  sustained: v.nullable(count),
  rate: v.nullable(rate),
  offered: v.array(
    v.strictObject({
      calls: count,
      from: instant,
      to: instant,
      instrument: InstrumentSchema,
      rate,
    }),
  ),
})

export const CapacityResultSchema = v.strictObject({
  format: v.literal('voip-ready/capacity/1'),
  ...RunSchema.entries,
  /** What came of it, in a line for people. */
  summary: v.string(),
  ramps: v.array(ramp),
  judgement: JudgementSchema,
  observations: v.array(StreamObservationSchema),
})

export const QosResultSchema = v.strictObject({
  format: v.literal('voip-ready/qos/1'),
  ...RunSchema.entries,
  summary: v.string(),
  judgement: JudgementSchema,
  observations: v.array(QosObservationSchema),
})
