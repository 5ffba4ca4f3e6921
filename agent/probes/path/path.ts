import type { FarEndName } from '../../../shared/profile/site.ts'
import type { PathObservation } from '../../../shared/record/path.ts'
import type { RunTrace, TracePlan } from '../../trace/types.ts'
import type { Probe, ProbeContext } from '../types.ts'
import { observePath } from './observe-path.ts'

export interface PathChoices {
  /** Probes of voice size per hop. */
  readonly rounds: number
  /** Other source ports, to see parallel paths. */
  readonly spread: number
  readonly engine: TracePlan['engine']
}

const USUAL: PathChoices = { rounds: 5, spread: 0, engine: 'auto' }

/**
 * Traces the way to every far end (VRN-1 and VRN-5 are explained by it, never convicted). The probe
 * remembers the last way, so that the next run tells what moved.
 * @param run agent/trace/start.ts, or a stand-in for tests
 * @param known ways of an earlier process, as the caller kept them
 */
export function pathProbe(
  run: RunTrace,
  choices: Partial<PathChoices> = {},
  known: readonly PathObservation[] = [],
): Probe {
  const last = new Map<FarEndName, PathObservation>(known.map((seen) => [seen.farEnd, seen]))
  return {
    name: 'path',
    kinds: ['qos', 'marking'],
    run: async (context, signal) => {
      if (context.farEnds.length === 0) return []
      const { dscp } = context.profile.media
      const plan = planOf(context, { ...USUAL, ...choices }, dscp)
      const tell = (done: number, of: number) => context.progress(`path: round ${done} of ${of}`)
      const traced = await run(plan, tell, signal)
      return traced.map((one) => {
        const before = last.get(one.target.farEnd) ?? null
        const seen = observePath(one, dscp, context.site, before)
        if (seen.hops.length > 0) last.set(seen.farEnd, seen)
        return seen
      })
    },
  }
}

function planOf(context: ProbeContext, choices: PathChoices, dscp: number): TracePlan {
  const { localAddress } = context.site
  return {
    targets: context.farEnds.map(({ farEnd, address, port, key }) => ({
      ...{ farEnd, address, port, key },
    })),
    ...{ dscp, ...choices },
    ...(localAddress === undefined ? {} : { localAddress }),
  }
}
