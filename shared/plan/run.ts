import * as v from 'valibot'
import { ObservationSchema } from '../record/kinds.ts'
import { ok, type Result, refuse } from '../result.ts'
import { RUN_KINDS } from './run-kinds.ts'
import { LONGEST_STEP_SECONDS } from './step.ts'

/**
 * Runs on demand: what may be asked of a site's agent, and what it tells while it runs and at the end.
 */
/** Longest voice that may be asked for, seconds. */
export const LONGEST_VOICE_SECONDS = 600

/** How who sits at a collector asks for a run, before and behind what it is to be. */
export interface AskedAtCollector {
  readonly before: string
  readonly behind: readonly string[]
}

const name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/))
const lineId = v.pipe(v.string(), v.regex(/^[A-Z]{2,6}(-[A-Z]{2,4})?-[0-9A-Z]{1,3}$/))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const text = (most: number) => v.pipe(v.string(), v.maxLength(most))

const RunAskEntries = v.strictObject({
  kind: v.picklist(RUN_KINDS),
  /** Lines of the profile; left out: all that the kind looks at. */
  lines: v.optional(v.pipe(v.array(lineId), v.minLength(1), v.maxLength(100))),
  /** Left out: both. */
  farEnd: v.optional(v.picklist(['primary', 'secondary'])),
  /** How long voice is measured: of `check` and `media` in all, of `capacity` and `qos` a step. */
  seconds: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(LONGEST_VOICE_SECONDS)),
  ),
  /** Simultaneous calls of `media` and `qos`, most calls of `capacity`. */
  calls: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))),
  /** Where a site has several agents; left out: the first that comes. */
  agent: v.optional(name),
})

export const RunAskSchema = v.pipe(
  RunAskEntries,
  v.check(
    ({ kind, seconds = 0 }) =>
      (kind !== 'capacity' && kind !== 'qos') || seconds <= LONGEST_STEP_SECONDS,
    `seconds: at most ${LONGEST_STEP_SECONDS} of a step of capacity or qos`,
  ),
)
export type RunAsk = v.InferOutput<typeof RunAskSchema>

/** Reads what is asked for; refused in words. */
export function parseAsk(value: unknown): Result<RunAsk, string> {
  const asked = v.safeParse(RunAskSchema, value)
  if (asked.success) return ok(asked.output)
  const [{ message, path = [] }] = asked.issues
  return refuse(`${path.map(({ key }) => String(key)).join('.') || 'ask'}: ${message}`)
}

/** A run as the agent gets it. */
export const RunOrderSchema = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  ask: RunAskSchema,
})

/** What an agent's question for work is answered with; nothing to do is 204. */
export const WorkSchema = v.variant('work', [
  v.strictObject({ work: v.literal('run'), run: RunOrderSchema }),
  /** The run under way is not wanted any more. */
  v.strictObject({ work: v.literal('cancel'), id: v.pipe(v.string(), v.uuid()) }),
  /** Another version of the plan waits. */
  v.strictObject({ work: v.literal('plan') }),
])
export type Work = v.InferOutput<typeof WorkSchema>

/** What a finished run brought: the agent's own word, and what anybody may judge anew. */
export const RunResultSchema = v.strictObject({
  profileSha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** The time that it speaks of, milliseconds since 1970. */
  from: instant,
  to: instant,
  stoppedEarly: v.boolean(),
  onlyLines: v.nullable(v.pipe(v.array(lineId), v.maxLength(400))),
  /** As the agent judged it. */
  overall: v.picklist(['READY', 'NOT READY', 'CANNOT SAY']),
  findings: v.pipe(v.array(v.looseObject({})), v.maxLength(2000)),
  observations: v.pipe(v.array(ObservationSchema), v.maxLength(128)),
  /** What a `capacity` or `qos` run came to, in a line for people; empty for others. */
  summary: text(600),
})
export type RunResult = v.InferOutput<typeof RunResultSchema>

const eventBase = {
  number: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5000)),
  at: instant,
}
export const RunEventSchema = v.variant('type', [
  v.strictObject({ ...eventBase, type: v.literal('started') }),
  v.strictObject({ ...eventBase, type: v.literal('progress'), text: text(300) }),
  v.strictObject({
    ...{ ...eventBase, type: v.literal('ended') },
    outcome: v.picklist(['done', 'failed', 'refused', 'cancelled']),
    why: text(1000),
    result: v.nullable(RunResultSchema),
  }),
])
export type RunEvent = v.InferOutput<typeof RunEventSchema>
export const RunEventsSchema = v.strictObject({
  events: v.pipe(v.array(RunEventSchema), v.minLength(1), v.maxLength(50)),
})
