import type { Kysely, Selectable } from 'kysely'
import { addEntries, type PendingEntry } from '../ledger/entries.ts'
import type { Tables } from '../tables.ts'
import type { PlanTables } from './tables.ts'

export interface StoredPlan {
  readonly site: string
  readonly version: number
  readonly sha256: string
  /** Canonical JSON of the plan, access keys included. */
  readonly body: string
  /** When it came into force, milliseconds since 1970. */
  readonly atMs: number
  readonly by: string
}

export interface StoredPlanReport {
  readonly agent: string
  readonly version: number
  readonly applied: number | null
  readonly why: string
  readonly atMs: number
}

/** `stale`: another version is in force than the author had before him. */
export type PlanOutcome =
  | { readonly outcome: 'stored' | 'repeated'; readonly version: number }
  | { readonly outcome: 'stale'; readonly version: number }

/**
 * Stores the next version of a site's plan. Safe to repeat: a plan equal to the one in force changes
 * nothing. Two authors at once: the key (site, version) lets one of them win, the other's call fails
 * with the database's word and finds itself stale when it is repeated.
 * @param expected the version that the author had before him; 0: none
 * @param entries what the ledger is to say of it: there is no plan without them, nor they without it
 */
export function putPlan(
  db: Kysely<Tables>,
  plan: Omit<StoredPlan, 'version'>,
  expected: number,
  entries: readonly PendingEntry[],
): Promise<PlanOutcome> {
  return db.transaction().execute(async (tx) => {
    const newest = await newestPlan(tx, plan.site)
    const inForce = newest?.version ?? 0
    if (newest?.sha256 === plan.sha256) return { outcome: 'repeated', version: inForce }
    if (inForce !== expected) return { outcome: 'stale', version: inForce }
    const { site, sha256, body, atMs, by } = plan
    const version = inForce + 1
    await tx
      .insertInto('plan')
      .values({ site, version, sha256, body, at_ms: atMs, actor: by })
      .execute()
    if (entries.length > 0) await addEntries(tx, entries)
    return { outcome: 'stored', version }
  })
}

export async function newestPlan(db: Kysely<Tables>, site: string): Promise<StoredPlan | null> {
  const row = await db
    .selectFrom('plan')
    .selectAll()
    .where('site', '=', site)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : toPlan(row)
}

/** The version in force at an instant; where there was none yet, the first that came before `toMs`. */
export async function planInForce(
  db: Kysely<Tables>,
  site: string,
  atMs: number,
  toMs: number,
): Promise<StoredPlan | null> {
  const plans = db.selectFrom('plan').selectAll().where('site', '=', site)
  const row =
    (await plans
      .where('at_ms', '<=', atMs)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst()) ??
    (await plans.where('at_ms', '<', toMs).orderBy('version').limit(1).executeTakeFirst())
  return row === undefined ? null : toPlan(row)
}

/** Versions of a site, newest first. */
export async function planHistory(
  db: Kysely<Tables>,
  site: string,
  limit: number,
): Promise<StoredPlan[]> {
  const rows = await db
    .selectFrom('plan')
    .selectAll()
    .where('site', '=', site)
    .orderBy('version', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toPlan)
}

/** Versions of all sites that came after an instant, oldest first, at most `limit`. */
export async function plansSince(
  db: Kysely<Tables>,
  afterMs: number,
  limit: number,
): Promise<StoredPlan[]> {
  const rows = await db
    .selectFrom('plan')
    .selectAll()
    .where('at_ms', '>', afterMs)
    .orderBy('at_ms')
    .orderBy('site')
    .orderBy('version')
    .limit(limit)
    .execute()
  return rows.map(toPlan)
}

/** The newest version of the sites after a name, in order of their names, at most `limit` rows. */
export async function plansAfterSite(
  db: Kysely<Tables>,
  site: string,
  limit: number,
): Promise<StoredPlan[]> {
  const rows = await db
    .selectFrom('plan')
    .selectAll()
    .where('site', '>', site)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('plan as later')
            .select('later.version')
            .whereRef('later.site', '=', 'plan.site')
            .whereRef('later.version', '>', 'plan.version'),
        ),
      ),
    )
    .orderBy('site')
    .limit(limit)
    .execute()
  return rows.map(toPlan)
}

/** Keeps what an agent says of its plan; a refusal leaves the version that it works by. */
export async function putPlanReport(
  db: Kysely<Tables>,
  site: string,
  report: StoredPlanReport,
): Promise<void> {
  const { agent, version, applied, why, atMs } = report
  const kept = applied === null ? {} : { applied }
  await db
    .insertInto('plan_report')
    .values({ site, agent, version, applied, why, at_ms: atMs })
    .onConflict((conflict) =>
      conflict.columns(['site', 'agent']).doUpdateSet({ version, why, at_ms: atMs, ...kept }),
    )
    .execute()
}

export async function planReports(db: Kysely<Tables>, site: string): Promise<StoredPlanReport[]> {
  const rows = await db
    .selectFrom('plan_report')
    .selectAll()
    .where('site', '=', site)
    .orderBy('agent')
    .execute()
  return rows.map(({ agent, version, applied, why, at_ms }) => ({
    ...{ agent, version, applied, why },
    atMs: at_ms,
  }))
}

function toPlan(row: Selectable<PlanTables['plan']>): StoredPlan {
  const { site, version, sha256, body, at_ms, actor } = row
  return { site, version, sha256, body, atMs: at_ms, by: actor }
}
