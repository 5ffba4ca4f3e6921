import { sha256hex } from '../../config/load.ts'
import type { EntryBody } from '../../shared/evidence/entry.ts'
import type { Maintenance, Plan } from '../../shared/plan/plan.ts'
import { shownValues } from '../../shared/plan/secrets.ts'
import type { StoredPlan } from '../store/plans/plan-queries.ts'

/**
 * What the ledger says of a plan that comes into force: the plan, and every maintenance window that
 * was entered, changed or taken back by it: a window that is entered after the outage is seen to be.
 */
export function planEntries(
  stored: Pick<StoredPlan, 'site' | 'version' | 'sha256' | 'by' | 'atMs'>,
  before: Plan | null,
  now: Plan,
): EntryBody[] {
  const { site, version, sha256, by, atMs: from } = stored
  const valuesSha256 = sha256hex(new TextEncoder().encode(shownValues(now.site)))
  const old = before?.maintenance ?? []
  // Member by member: what comes from the store has its members in another order.
  const same = (a: Maintenance) => (b: Maintenance) =>
    a.id === b.id && a.from === b.from && a.to === b.to && a.why === b.why
  const gone = old.filter(({ id }) => !now.maintenance.some((one) => one.id === id))
  const come = now.maintenance.filter((one) => !old.some(same(one)))
  return [
    { kind: 'plan', site, version, sha256, by, from, valuesSha256 },
    ...gone.map((one) => exclusion(site, by, one, true)),
    ...come.map((one) => exclusion(site, by, one, false)),
  ]
}

function exclusion(
  site: string,
  by: string,
  { id, from, to, why }: Maintenance,
  withdrawn: boolean,
): EntryBody {
  return {
    ...{ kind: 'exclusion', cause: 'maintenance', site, id, why, by, withdrawn },
    from: Date.parse(from),
    to: Date.parse(to),
  }
}
