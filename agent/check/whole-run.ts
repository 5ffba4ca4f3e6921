import type { Observation } from '../../shared/record/kinds.ts'
import type { ProbePlan } from '../probes/plan.ts'
import { runStages, type StageParts } from '../probes/run.ts'
import type { StreamPlan } from '../stream/types.ts'
import { type FinishedRun, runStreams, type SessionParts } from './session.ts'

export interface WholeRunParts extends Omit<StageParts, 'earlier' | 'stop'> {
  readonly plan: ProbePlan
  /** Null where no voice is to be measured. */
  readonly streams: { readonly plan: StreamPlan; readonly session: SessionParts } | null
  /** Ends everything before its time; what was seen until then is kept. */
  readonly stop: AbortSignal
}

export interface WholeRun extends FinishedRun {
  /** What the probes beside the streams saw. */
  readonly probed: readonly Observation[]
}

/**
 * Runs the voice streams and, beside them, the probes that send little; afterwards those that send
 * much (plan.ts says why).
 * @throws Fault ENGINE when the instrument itself fails
 */
export async function runWhole(parts: WholeRunParts): Promise<WholeRun> {
  const { plan, streams } = parts
  const failing = new AbortController()
  const stop = AbortSignal.any([parts.stop, failing.signal])
  const media =
    streams === null ? Promise.resolve(NO_STREAMS) : runStreams(streams.plan, streams.session)
  media.catch(() => failing.abort())
  const beside = await runStages(plan.beside, { ...parts, earlier: [], stop })
  const finished = await media
  const last = plan.alone.length > 0 ? [plan.alone] : []
  const alone = await runStages(last, { ...parts, earlier: beside })
  const stoppedEarly = finished.stoppedEarly || parts.stop.aborted
  return { ...finished, stoppedEarly, probed: [...beside, ...alone] }
}

const NO_STREAMS: FinishedRun = {
  windows: [],
  capabilities: null,
  farEnds: [],
  stoppedEarly: false,
}
