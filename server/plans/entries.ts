import type { Maintenance, Plan } from '../../shared/plan/plan.ts'
import type { Journal } from '../ledger/journal.ts'
import type { StoredPlan } from '../store/plans/plan-queries.ts'

/**
 * Writes into the ledger that a plan came into force, and every maintenance window that was entered,
 * changed or taken back by it: a window that is entered after the outage is seen to be.
 */
export async function enterPlan(
  journal: Journal,
  stored: Pick<StoredPlan, 'site' | 'version' | 'sha256' | 'by'>,
  before: Plan | null,
  now: Plan,
): Promise<void> {
  const { site, version, sha256, by } = stored
  await journal.write({ kind: 'plan', site, version, sha256, by })
  const old = before?.maintenance ?? []
  const same = (a: Maintenance) => (b: Maintenance) => JSON.stringify(a) === JSON.stringify(b)
  const gone = old.filter(({ id }) => !now.maintenance.some((one) => one.id === id))
  const come = now.maintenance.filter((one) => !old.some(same(one)))
  for (const one of gone) await enter(journal, site, by, one, true)
  for (const one of come) await enter(journal, site, by, one, false)
}

function enter(
  journal: Journal,
  site: string,
  by: string,
  { id, from, to, why }: Maintenance,
  withdrawn: boolean,
): Promise<void> {
  return journal.write({
    ...{ kind: 'exclusion', cause: 'maintenance', site, id, why, by, withdrawn },
    from: Date.parse(from),
    to: Date.parse(to),
  })
}
