import type { RequirementKind } from '../../shared/profile/schema.ts'
import { runCapacity as offerRamp } from '../load/capacity.ts'
import { runQos as lookUnderLoad } from '../load/qos.ts'
import { askedFarEnds, judgeLoad, linesOfKind } from '../load/settle.ts'
import type { LoadCaps, LoadInput, LoadParts } from '../load/types.ts'
import type { ReadyFarEnd } from '../plan.ts'
import { startStreams } from '../stream/start.ts'
import type { RunExecutor, RunFindings, RunWork } from './executor.ts'

const USUAL_STEP_SECONDS = { capacity: 10, qos: 5 } as const
/** A ramp in so many steps, where nobody says how steep. */
const STEPS = 8
/** Share missing for two seconds that ends a load: somebody else's calls are on this way too. */
const ABORT_LOSS = { capacity: 0.03, qos: 0.1 } as const
/** What a plan that says nothing allows. */
const USUAL_KBIT = 10_000

/** How many calls the way holds, up to those asked for; bandwidth is judged by it. */
export const runCapacity: RunExecutor = async (work) => {
  const farEnds = await askedFarEnds(work.input, work.ask)
  const { calls } = work
  const ask = {
    ...{ calls, step: Math.ceil(calls / STEPS), abortLoss: ABORT_LOSS.capacity },
    stepMs: (work.ask.seconds ?? USUAL_STEP_SECONDS.capacity) * 1000,
  }
  const run = await offerRamp(inputOf(work, farEnds), ask, capsOf(work), partsOf(work))
  return findingsOf(work, 'bandwidth', farEnds, run)
}

/** Whether marked voice goes before best effort under load; priority is judged by it. */
export const runQos: RunExecutor = async (work) => {
  const farEnds = await askedFarEnds(work.input, work.ask)
  const ask = {
    ...{ calls: work.calls, abortLoss: ABORT_LOSS.qos },
    stepMs: (work.ask.seconds ?? USUAL_STEP_SECONDS.qos) * 1000,
  }
  const run = await lookUnderLoad(inputOf(work, farEnds), ask, capsOf(work), partsOf(work))
  return findingsOf(work, 'qos', farEnds, run)
}

function inputOf({ input, engine, codec }: RunWork, farEnds: readonly ReadyFarEnd[]): LoadInput {
  const { localAddress } = input.site
  return {
    // What is seen goes into the agent's records.
    ...{ profile: input.profile.profile, farEnds, engine, signed: true },
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(codec === undefined ? {} : { codec }),
  }
}

function capsOf({ calls, plan }: RunWork): LoadCaps {
  return { maxCalls: calls, maxKbitPerSecond: plan?.caps.maxKbitPerSecond ?? USUAL_KBIT }
}

function partsOf({ stop, tell }: RunWork): LoadParts {
  return { startStreams, signal: stop, progress: tell }
}

function findingsOf(
  { input, ask, stop }: RunWork,
  kind: RequirementKind,
  farEnds: readonly ReadyFarEnd[],
  run: Pick<RunFindings, 'observations' | 'evidence'> & { readonly summary: string },
): RunFindings {
  const lines = ask.lines ?? linesOfKind(input, kind)
  const judgement = judgeLoad(input, lines, run.observations, farEnds)
  return { judgement, ...run, stoppedEarly: stop.aborted }
}
