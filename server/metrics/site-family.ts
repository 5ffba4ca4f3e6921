import type { StreamObservation } from '../../shared/record/observation.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import type { Round } from '../../shared/verdict/rounds.ts'
import type { LegTotals } from '../ingest/leg-totals.ts'
import type { Family, Labels } from './exposition.ts'

/** What the series of one site are made from: its newest window. */
export interface SiteView {
  readonly site: string
  readonly profile: { readonly id: string; readonly version: string; readonly sha256: string }
  readonly windowEndMs: number
  /** The newest record of each of its agents that is not silent. */
  readonly records: readonly AgentRecord[]
  /** Of the newest of them: at most one per far end. */
  readonly observations: readonly StreamObservation[]
  readonly totals: ReadonlyMap<string, Readonly<LegTotals>>
  /** The look at everything besides voice that holds; null: none does. */
  readonly round: Round | null
  /** By the word of its agents the site is not any more what its newest window was. */
  readonly outdated: boolean
  /** Null when the profile is not known here: no verdict series then. */
  readonly judgement: Judgement | null
}

export type Sample = readonly [labels: Labels, value: number | null]
export interface SiteFamily extends Family {
  readonly samples: (view: SiteView) => Iterable<Sample>
  /** Of many samples the few that `core` keeps; left out: they are picked from all. */
  readonly core?: (view: SiteView) => Iterable<Sample>
}
