import type { FastifyBaseLogger } from 'fastify'
import { INTERVAL_MS } from '../../shared/clock.ts'
import type { Site } from '../../shared/profile/site.ts'
import type { LiveSites } from '../ingest/live.ts'
import type { Journal } from '../ledger/journal.ts'
import { PlanDesk } from '../plans/plan-desk.ts'
import type { ProfileBook } from '../profile-book.ts'
import { seldom } from '../seldom.ts'
import type { SiteBook } from '../site-book.ts'
import type { Store } from '../store/store.ts'
import { type RunLimits, USUAL_RUN_LIMITS } from './limits.ts'
import { RunDesk } from './run-desk.ts'

/** The desk looks every second, and would say the same each time. */
const TOLD_AGAIN_MS = 60_000

export interface PlansAndRuns {
  readonly plans: PlanDesk
  readonly runs: RunDesk
  /** What a site's plan says of it; where it has none, its file. */
  readonly site: (name: string) => Site | null
  /** As `site`, by the plan that was in force in the quarter hour from `atMs` on. */
  readonly siteAt: (name: string, atMs: number) => Promise<Site | null>
}

/** Reads all plans and opens both desks; what is judged by a plan is judged anew when it changes. */
export async function startPlansAndRuns(parts: {
  readonly store: Store
  readonly profiles: ProfileBook
  readonly sites: SiteBook
  readonly live: LiveSites
  readonly journal: Journal | null
  readonly nowMs: () => number
  readonly logger: FastifyBaseLogger | null
  readonly runLimits?: Partial<RunLimits>
}): Promise<PlansAndRuns> {
  const { store, sites, live, journal, nowMs, logger } = parts
  const { profile } = parts.profiles
  const plans = new PlanDesk({ store, profile, journal, nowMs })
  await plans.load()
  plans.onChange((site) => live.touch(site))
  const limits = { ...USUAL_RUN_LIMITS, ...parts.runLimits }
  const again = seldom(TOLD_AGAIN_MS)
  const onError = (error: unknown) => {
    if (again()) logger?.error({ err: error }, 'runs: the store did not answer')
  }
  const runs = new RunDesk({ store, plans, profile, limits, nowMs, onError })
  return {
    ...{ plans, runs },
    site: (name) => plans.site(name) ?? sites.site(name),
    siteAt: async (name, atMs) =>
      (await plans.siteAt(name, atMs, atMs + INTERVAL_MS)) ?? sites.site(name),
  }
}
