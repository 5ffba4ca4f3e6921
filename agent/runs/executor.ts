import type { CheckResult } from '../../config/check-result.ts'
import type { Plan } from '../../shared/plan/plan.ts'
import type { RunAsk } from '../../shared/plan/run.ts'
import type { Observation } from '../../shared/record/kinds.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import type { RunInput } from '../check/input.ts'
import type { StreamPlan } from '../stream/types.ts'

/** What a kind of run gets to work with. */
export interface RunWork {
  readonly input: RunInput
  readonly ask: RunAsk
  /** Calls that may be offered to one far end, as consent was asked for (shared/plan/consent.ts). */
  readonly calls: number
  readonly codec: Plan['schedule']['codec'] | undefined
  readonly plan: Plan | null
  readonly engine: StreamPlan['engine']
  /** One short line for who waits; told on at its own pace. */
  readonly tell: (text: string) => void
  /** Ends it before its time: what was seen until then is judged. */
  readonly stop: AbortSignal
}

/** What it found, judged by the agent; the collector judges the observations anew. */
export interface RunFindings {
  readonly judgement: Judgement
  readonly observations: readonly Observation[]
  /** What reflectors signed of it; left out: they were not asked. */
  readonly evidence?: readonly StreamEvidence[]
  readonly stoppedEarly: boolean
  /** Of a check, as its own command gives it. */
  readonly check?: CheckResult
  /** What it came to, in a line for people, where the findings do not tell it. */
  readonly summary?: string
}

/** @throws Fault where it cannot be done here: the run has failed then, with the Fault's words */
export type RunExecutor = (work: RunWork) => Promise<RunFindings>
