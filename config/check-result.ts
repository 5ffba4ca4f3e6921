import * as v from 'valibot'
import { CapabilitiesSchema } from '../shared/record/instrument.ts'
import { ObservationSchema } from '../shared/record/kinds.ts'
import { LineReadSchema } from '../shared/shown/line-read-schema.ts'
import type { Finding, Judgement, Overall, Verdict } from '../shared/verdict/finding.ts'
import { REASONS } from '../shared/verdict/reasons.ts'

/**
 * The document that `voip-ready check --json` prints. Published as JSON Schema in
 * config/schemas/check-result.schema.json, which a test keeps equal to this file.
 */
const verdict = oneOf<Verdict>({ pass: 1, fail: 1, inconclusive: 1, 'not-tested': 1 })
export const count = v.pipe(v.number(), v.integer(), v.minValue(0))
export const instant = v.pipe(v.number(), v.integer(), v.minValue(0))

export const FindingSchema = v.strictObject({
  id: v.string(),
  title: v.string(),
  leg: oneOf<Finding['leg']>({ out: 1, back: 1, either: 1, none: 1 }),
  farEnd: oneOf<Finding['farEnd']>({ primary: 1, secondary: 1, none: 1 }),
  segment: v.optional(v.string()),
  required: v.boolean(),
  verdict,
  reason: oneOf(REASONS),
  detail: v.string(),
  value: v.nullable(v.number()),
  interval: v.nullable(v.tuple([v.number(), v.number()])),
  unit: oneOf<Finding['unit']>({ ms: 1, ratio: 1, dscp: 1, 'kbit/s': 1, none: 1 }),
  limit: v.nullable(v.number()),
  op: oneOf<Finding['op']>({ '<': 1, '<=': 1, '==': 1, '>=': 1, none: 1 }),
  statistic: v.string(),
  n: count,
  alternatives: v.array(v.strictObject({ statistic: v.string(), verdict })),
  advice: v.string(),
})

export const JudgementSchema = v.strictObject({
  overall: oneOf<Overall>({ READY: 1, 'NOT READY': 1, 'CANNOT SAY': 1 }),
  profile: v.strictObject({ id: v.string(), version: v.string(), sha256: v.string() }),
  from: instant,
  to: instant,
  /** Ids that the run was narrowed to with --only; null when the whole profile was judged. */
  onlyLines: v.nullable(v.array(v.string())),
  counts: v.strictObject({
    pass: count,
    fail: count,
    inconclusive: count,
    'not-tested': count,
  }),
  findings: v.array(FindingSchema),
})

/** Who ran what, and how it came out: the beginning of every command's document. */
export const RunSchema = v.strictObject({
  tool: v.strictObject({ name: v.literal('voip-ready'), version: v.string() }),
  site: v.string(),
  /** The code that the command exits with. */
  exit: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5)),
})
const { tool, site, exit } = RunSchema.entries

export const CheckResultSchema = v.strictObject({
  format: v.literal('voip-ready/check/1'),
  tool,
  site,
  /** True when the run was stopped before its time; what was seen until then is judged. */
  stoppedEarly: v.boolean(),
  exit,
  /** With --record: the run's id, and in how many of the agent's signed records it stands. */
  recorded: v.optional(
    v.strictObject({
      run: v.string(),
      records: count,
      /** Why what it found stands in none; null: it does. */
      lost: v.nullable(v.string()),
    }),
  ),
  /** What the instrument could do in this run; null when it did not start. */
  capabilities: v.nullable(CapabilitiesSchema),
  /** How each far end answered. */
  farEnds: v.array(
    v.strictObject({
      farEnd: v.picklist(['primary', 'secondary']),
      address: v.string(),
      port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
      state: v.picklist(['opening', 'open', 'refused', 'silent', 'closed']),
      detail: v.string(),
      /** It had forgotten a part of the run when it could be asked: losses have their leg by replies. */
      forgotten: v.optional(v.literal(true)),
      /** Its answers came from here and not from where it was asked: none was counted. */
      answeredFrom: v.optional(v.strictObject({ address: v.string(), port: count })),
      /** It saw this host at another address or port from one moment to the next: a NAT on the way. */
      moved: v.optional(v.literal(true)),
    }),
  ),
  /** Far ends of the site that nothing could be sent to, without voice: whoever needs them is not told READY. */
  leftOut: v.optional(
    v.array(v.strictObject({ farEnd: v.picklist(['primary', 'secondary']), why: v.string() })),
  ),
  judgement: JudgementSchema,
  /** How each line that findings speak of is read at this site, from what line of the profile's source. */
  lines: v.optional(v.array(LineReadSchema)),
  observations: v.array(ObservationSchema),
})
/** What a check came to; the judgement has the judge's own, stricter type, and lines are added when it is printed. */
export interface CheckResult
  extends Omit<v.InferOutput<typeof CheckResultSchema>, 'judgement' | 'lines'> {
  readonly judgement: Judgement
}

/** A word that the judge learns later does not compile here until it is in the schema too. */
function oneOf<Word extends string>(words: { readonly [W in Word]: unknown }) {
  return v.picklist(Object.keys(words) as Word[])
}
