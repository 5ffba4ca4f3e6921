import type { KnownProfile } from '../judging/judging.ts'
import type { PlanDesk } from '../plans/plan-desk.ts'
import type { Store } from '../store/store.ts'
import type { RunLimits } from './limits.ts'

/** What the desk of runs needs of the collector. */
export interface RunDeskParts {
  readonly store: Pick<Store, 'plans'>
  readonly plans: PlanDesk
  readonly profile: (sha256: string) => KnownProfile | null
  readonly limits: RunLimits
  readonly nowMs: () => number
  /** Told when the database does not answer the desk's own looks. */
  readonly onError: (error: unknown) => void
}
