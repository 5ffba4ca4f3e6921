import type { CheckResult } from '../../config/check-result.ts'
import type { RunAsk, RunResult } from '../../shared/plan/run.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import type { StreamPlan } from '../stream/types.ts'

/** A run as the agent hands it to the process that does it. */
export interface RunTask {
  readonly ask: RunAsk
  /** Site file: where to look, and by which profile. */
  readonly siteFile: string
  /** The plan that allows the run; null where the agent follows none. */
  readonly planFile: string | null
  readonly engine: StreamPlan['engine']
  /** Somebody at this machine wants to see it as his own command would show it. */
  readonly show: boolean
}

/** How a run ended, before it is an event. */
export interface RunEnd {
  readonly outcome: 'done' | 'failed' | 'refused' | 'cancelled'
  readonly why: string
  readonly result: RunResult | null
  /** What reflectors signed of it, for the record chain alone. */
  readonly evidence?: readonly StreamEvidence[]
  /** For whoever asked for it at this machine. */
  readonly shown?: RunShown
}

/** A run as a person at this machine is shown it. */
export interface RunShown {
  readonly judgement: Judgement
  /** What a load came to, in a line; empty for a check. */
  readonly summary: string
  /** Of a check alone. */
  readonly check: CheckResult | null
}

/** What the process of a run tells the agent. */
export type FromRun =
  /** Allowed and ready; waits for `go`, so that the agent can note the load that it will make. */
  | { readonly is: 'ready'; readonly makesLoad: boolean }
  | { readonly is: 'progress'; readonly text: string }
  | { readonly is: 'end'; readonly end: RunEnd }

/** What the agent tells the process of a run; the process ends when the agent is gone. */
export type ToRun =
  | { readonly do: 'task'; readonly task: RunTask }
  | { readonly do: 'go' }
  /** What was seen until now is judged and told. */
  | { readonly do: 'stop' }
