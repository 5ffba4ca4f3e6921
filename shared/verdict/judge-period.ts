import type { Profile } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'
import type { StreamObservation } from '../record/observation.ts'
import type { AgentRecord } from '../record/record.ts'
import { belongsTo } from './coverage.ts'
import type { Judgement } from './finding.ts'
import { judge } from './judge.ts'
import type { Round } from './rounds.ts'
import { type HeldRun, stillHolds } from './runs.ts'

export interface PeriodInput {
  readonly kind: 'window' | 'interval'
  readonly fromMs: number
  readonly toMs: number
  readonly records: readonly Pick<AgentRecord, 'observations' | 'run'>[]
  readonly round: Round | null
  /** What runs of load showed that held at its end. */
  readonly runs: readonly HeldRun[]
  readonly known: { readonly sha256: string; readonly profile: Profile }
  readonly site: Site | null
}

/** Judges a period: the voice of its records, and what held of everything besides voice at its end. */
export function judgePeriod(input: PeriodInput, judging: typeof judge = judge): Judgement {
  const { fromMs, toMs, known, site, round, runs } = input
  const streams = streamsIn(input)
  const ways = streams.map(({ farEnd, peer, path }) => ({ farEnd, address: peer.address, path }))
  return judging({
    ...{ profile: known.profile, sha256: known.sha256, site, from: fromMs, to: toMs },
    observations: [...streams, ...(round?.observations ?? []), ...stillHolds(runs, ways)],
  })
}

/**
 * The voice of records that a period is judged on: what belongs to it. Steps of load are no voice, and
 * that of a check went the same way in the same minutes: it would count twice.
 */
export function streamsIn(
  period: Pick<PeriodInput, 'kind' | 'fromMs' | 'toMs' | 'records'>,
): StreamObservation[] {
  const { kind, fromMs, toMs, records } = period
  return records
    .flatMap(({ observations, run }) => (run === undefined ? observations : []))
    .filter((seen) => seen.kind === 'stream')
    .filter(({ ramp }) => ramp !== true)
    .filter((seen) => kind === 'window' || belongsTo(seen, { from: fromMs, to: toMs }))
}
