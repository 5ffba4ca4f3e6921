import { sha256hex } from '../../config/load.ts'
import type { Maintenance, Plan } from '../../shared/plan/plan.ts'
import { shownValues } from '../../shared/plan/secrets.ts'
import type { Journal } from '../ledger/journal.ts'
import type { StoredPlan } from '../store/plans/plan-queries.ts'

/**
 * Writes into the ledger that a plan came into force, and every maintenance window that was entered,
 * changed or taken back by it: a window that is entered after the outage is seen to be.
 */
export async function enterPlan(
  journal: Journal,
  stored: Pick<StoredPlan, 'site' | 'version' | 'sha256' | 'by' | 'atMs'>,
  before: Plan | null,
  now: Plan,
): Promise<void> {
  const { site, version, sha256, by, atMs: from } = stored
  const valuesSha256 = sha256hex(new TextEncoder().encode(shownValues(now.site)))
  await journal.write({ kind: 'plan', site, version, sha256, by, from, valuesSha256 })
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
