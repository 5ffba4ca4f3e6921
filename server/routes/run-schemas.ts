import * as v from 'valibot'
import { RunAskSchema } from '../../shared/plan/run.ts'
import { RUN_STATES } from '../../shared/plan/run-kinds.ts'
import { SiteParams } from './schemas.ts'

/** The shapes of runs in the API; what is asked and told stands in shared/plan/run.ts. */
const instant = v.pipe(v.string(), v.isoTimestamp())
const runId = v.pipe(v.string(), v.uuid())
const whole = (most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,10}$/),
    v.check((text) => Number(text) <= most, `<= ${most}`),
  )
export const MOST_WAIT_SECONDS = 55

export const RunParams = v.strictObject({ ...SiteParams.entries, id: runId })
export const OwnRunParams = v.strictObject({ id: runId })
/** An agent's question for work. */
export const WorkQuery = v.strictObject({
  /** Seconds that the answer may wait for something to do; default 0. */
  wait: v.optional(whole(MOST_WAIT_SECONDS)),
  /** Version of the plan that it knows, applied or refused; left out: it follows no plan. */
  plan: v.optional(whole(2 ** 31)),
  /** The run that it is at. */
  busy: v.optional(runId),
  /** How many far ends are not silent now; left out: no stream runs, or an agent from before this. */
  heard: v.optional(whole(2)),
  /** The size of the log as it holds it (0: none), to be told news by; left out: it asks for them itself. */
  news: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/))),
  /** Seconds since something came from a silent far end. A sign of life and no evidence: no record holds it. */
  primarySilent: v.optional(whole(2 ** 31)),
  secondarySilent: v.optional(whole(2 ** 31)),
})
/** `after`: number of the last event that is known, where no Last-Event-ID can be sent. */
export const RunEventsQuery = v.strictObject({ after: v.optional(whole(5000)) })

const run = {
  id: runId,
  ask: RunAskSchema,
  state: v.picklist(RUN_STATES),
  by: v.string(),
  agent: v.nullable(v.string()),
  askedAt: instant,
  takenAt: v.nullable(instant),
  endedAt: v.nullable(instant),
  /** True once somebody wants it to end before its time. */
  cancel: v.boolean(),
  why: v.string(),
}
export const RunAskedAnswer = v.strictObject({ id: runId, state: v.literal('asked') })
export const RunsAnswer = v.strictObject({
  ...{ now: instant, site: v.string() },
  /** Newest first. */
  runs: v.array(v.strictObject(run)),
})
export const RunAnswer = v.strictObject({
  ...{ now: instant, site: v.string(), ...run },
  /** What the agent brought (shared/plan/run.ts, RunResult); null while there is none. */
  result: v.nullable(v.looseObject({})),
  /** The collector's own judgement of what the agent saw; null where it has none. */
  judged: v.nullable(v.looseObject({})),
})
/** What an agent hears after it told of its run. */
export const RunToldAnswer = v.strictObject({
  /** True: stop the run, nobody wants it any more. */
  cancel: v.boolean(),
})
