import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import * as plans from './plan-queries.ts'
import * as runs from './run-queries.ts'

type Bound<F> = F extends (db: Kysely<Tables>, ...args: infer A) => infer R
  ? (...args: A) => R
  : never

/** The queries of plans and runs, bound to a database; what each does stands beside its query. */
export interface PlanBook {
  readonly put: Bound<typeof plans.putPlan>
  readonly newest: Bound<typeof plans.newestPlan>
  readonly inForce: Bound<typeof plans.planInForce>
  readonly history: Bound<typeof plans.planHistory>
  readonly since: Bound<typeof plans.plansSince>
  readonly afterSite: Bound<typeof plans.plansAfterSite>
  readonly putReport: Bound<typeof plans.putPlanReport>
  readonly reports: Bound<typeof plans.planReports>
  readonly askRun: Bound<typeof runs.askRun>
  readonly openRuns: Bound<typeof runs.openRuns>
  readonly allOpenRuns: Bound<typeof runs.allOpenRuns>
  readonly takeRun: Bound<typeof runs.takeRun>
  readonly changeRun: Bound<typeof runs.changeRun>
  readonly putRunEvents: Bound<typeof runs.putRunEvents>
  readonly runEvents: Bound<typeof runs.runEvents>
  readonly findRun: Bound<typeof runs.findRun>
  readonly listRuns: Bound<typeof runs.listRuns>
}

export function plansBook(db: Kysely<Tables>): PlanBook {
  return {
    put: (plan, expected, entries) => plans.putPlan(db, plan, expected, entries),
    newest: (site) => plans.newestPlan(db, site),
    inForce: (site, atMs, toMs) => plans.planInForce(db, site, atMs, toMs),
    history: (site, limit) => plans.planHistory(db, site, limit),
    since: (afterMs, limit) => plans.plansSince(db, afterMs, limit),
    afterSite: (site, limit) => plans.plansAfterSite(db, site, limit),
    putReport: (site, report) => plans.putPlanReport(db, site, report),
    reports: (site) => plans.planReports(db, site),
    askRun: (run, mostOpen) => runs.askRun(db, run, mostOpen),
    openRuns: (site) => runs.openRuns(db, site),
    allOpenRuns: (limit) => runs.allOpenRuns(db, limit),
    takeRun: (run, nowMs) => runs.takeRun(db, run, nowMs),
    changeRun: (run, from, change) => runs.changeRun(db, run, from, change),
    putRunEvents: (run, events) => runs.putRunEvents(db, run, events),
    runEvents: (run, after, limit) => runs.runEvents(db, run, after, limit),
    findRun: (site, id) => runs.findRun(db, site, id),
    listRuns: (site, limit) => runs.listRuns(db, site, limit),
  }
}

/**
 * Methods that only read: a second connection may serve them. What is read back right after it was
 * written, to decide by, is left to the writer.
 */
export const PLANS_READS: readonly (keyof PlanBook)[] = [
  ...(['inForce', 'history', 'since', 'afterSite', 'reports', 'allOpenRuns', 'listRuns'] as const),
]
