import type * as v from 'valibot'
import type { Plan as SitePlan } from '../../shared/plan/plan.ts'
import type { SessionAnswer } from '../routes/access-schemas.ts'
import type {
  PinRowsAnswer,
  PinsAnswer,
  TimelineAnswer,
  VerdictIntervalsAnswer,
} from '../routes/history-schemas.ts'
import type { LedgerAnswer } from '../routes/ledger-schemas.ts'
import type { ReportsAnswer } from '../routes/report-schemas.ts'
import type { RunAnswer, RunsAnswer } from '../routes/run-schemas.ts'
import type { FindingsAnswer, ProblemAnswer, SiteAnswer, SitesAnswer } from '../routes/schemas.ts'

/** What the collector answers, by the types of the routes that answer it. */
export type Fleet = v.InferOutput<typeof SitesAnswer>
export type FleetSite = Fleet['sites'][number]
export type Site = v.InferOutput<typeof SiteAnswer>
export type Judged = Pick<
  v.InferOutput<typeof FindingsAnswer>,
  'period' | 'checks' | 'profile' | 'overall' | 'counts' | 'findings' | 'lines'
>
export type Finding = Judged['findings'][number]
export type Timeline = v.InferOutput<typeof TimelineAnswer>
export type Place = Timeline['places'][number]
export type Verdicts = v.InferOutput<typeof VerdictIntervalsAnswer>
export type Conflict = v.InferOutput<typeof LedgerAnswer>['conflicts'][number]
export type Session = v.InferOutput<typeof SessionAnswer>
export type Run = v.InferOutput<typeof RunsAnswer>['runs'][number]
export type Months = v.InferOutput<typeof ReportsAnswer>['months']
export type Pin = v.InferOutput<typeof PinsAnswer>['pins'][number]
export type PinRows = v.InferOutput<typeof PinRowsAnswer>['rows']
export type Plan = Pick<SitePlan, 'caps' | 'schedule'>
/** A run with what it found, whose forms the routes leave open. */
export type FoundRun = Omit<v.InferOutput<typeof RunAnswer>, 'result' | 'judged'> & {
  readonly result: { readonly overall: string; readonly summary?: string } | null
  readonly judged:
    | (Pick<Judged, 'overall' | 'findings' | 'lines'> & { readonly onlyLines?: readonly string[] })
    | null
}
export type Problem = Partial<v.InferOutput<typeof ProblemAnswer>>
