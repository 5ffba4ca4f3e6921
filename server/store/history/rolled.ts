import { type Kysely, sql, type Transaction } from 'kysely'
import { bulkStatement } from '../bulk.ts'
import { addEntries, type PendingEntry } from '../ledger/entries.ts'
import type { Tables } from '../tables.ts'
import { dirty, GRACE_MS, mark } from './append.ts'
import { putRuns } from './put-runs.ts'
import type { Slice } from './runs.ts'
import type { FarEndTable, PeriodTable } from './tables.ts'

export const DAY_MS = 24 * 3_600_000
/** A day is rolled up again some time after the last late record, not with each. */
const DAY_DEBOUNCE_MS = 10 * 60_000

/** One quarter hour rolled up and judged. */
export interface RolledInterval {
  readonly site: string
  readonly fromMs: number
  readonly period: Omit<PeriodTable, 'site' | 'from_ms' | 'told'>
  readonly farEnds: readonly Omit<FarEndTable, 'site' | 'from_ms'>[]
  /** What each line came to at each place, once for each. */
  readonly slices: readonly Slice[]
  readonly nowMs: number
}

/** As it is written. */
export interface WrittenInterval extends RolledInterval {
  /** What the ledger is told of it, stored with it; null: it holds this content, or there is none. */
  readonly tell: { readonly entry: PendingEntry; readonly told: string } | null
  /**
   * How often the site had been written when the same slices were put into the quarter hour just
   * before: if nobody wrote since, what is there is known. Null: nothing is known of it.
   */
  readonly follows: number | null
}

/** How often a site's history has been written. */
export interface WrittenSite {
  readonly site: string
  readonly written: number
}

/**
 * Writes intervals over whatever was there, with their verdict intervals and what the ledger is told,
 * and marks their days: all in one transaction.
 * @param list of each site at most one
 */
export async function putIntervals(
  db: Kysely<Tables>,
  list: readonly WrittenInterval[],
): Promise<readonly WrittenSite[]> {
  const ordered = [...list].sort((a, b) => (a.site < b.site ? -1 : 1))
  return db.transaction().execute(async (tx) => {
    const counts = await countWritings(tx, ordered)
    await putPeriods.run(
      tx,
      ordered.map(({ site, fromMs: from_ms, period, tell }) => ({
        ...{ site, from_ms, ...period, told: tell?.told ?? '' },
      })),
    )
    await dropFarEnds.run(
      tx,
      ordered.map(({ site, fromMs }) => ({ site, fromMs })),
    )
    await putFarEnds.run(
      tx,
      ordered.flatMap(({ site, fromMs: from_ms, farEnds }) =>
        farEnds.map((row) => ({ site, from_ms, ...row })),
      ),
    )
    await putRuns(
      tx,
      ordered.map(({ follows, ...one }) => ({
        ...one,
        goesOn: follows !== null && counts.get(one.site) === follows + 1,
      })),
    )
    await mark(tx, ordered.map(dayOf))
    await addEntries(
      tx,
      ordered.flatMap(({ tell }) => tell?.entry ?? []),
    )
    return [...counts].map(([site, written]) => ({ site, written }))
  })
}

/** Two collectors that join runs of one site at a time would each miss what the other wrote. */
async function countWritings(
  tx: Transaction<Tables>,
  list: readonly RolledInterval[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await standAlone.run(
    tx,
    list.map(({ site }) => ({ site, written: 1 })),
  )
  return new Map(rows.map(({ site, written }) => [String(site), Number(written)]))
}

const standAlone = bulkStatement<Tables['history_site']>((db, rows) =>
  db
    .insertInto('history_site')
    .values([...rows])
    .onConflict((on) => on.column('site').doUpdateSet({ written: sql`history_site.written + 1` }))
    .returning(['site', 'written'])
    .compile(),
)

const putPeriods = bulkStatement<PeriodTable>((db, rows) =>
  db
    .insertInto('history_period')
    .values([...rows])
    .onConflict((on) =>
      on.columns(['site', 'from_ms']).doUpdateSet((e) => ({
        overall: e.ref('excluded.overall'),
        cause: e.ref('excluded.cause'),
        records: e.ref('excluded.records'),
        left_out: e.ref('excluded.left_out'),
        profile_sha256: e.ref('excluded.profile_sha256'),
        findings_sha256: e.ref('excluded.findings_sha256'),
        told: sql<string>`case when excluded.told = '' then history_period.told else excluded.told end`,
      })),
    )
    .compile(),
)

const dropFarEnds = bulkStatement<Pick<RolledInterval, 'site' | 'fromMs'>>((db, rows) => {
  const keys = rows.map(({ site, fromMs }) => sql`(${site}, cast(${fromMs} as bigint))`)
  return sql`delete from history_interval where (site, from_ms) in (values ${sql.join(keys)})`.compile(
    db,
  )
})

const putFarEnds = bulkStatement<FarEndTable>((db, rows) =>
  db
    .insertInto('history_interval')
    .values([...rows])
    .compile(),
)

function dayOf({ site, fromMs, nowMs }: RolledInterval) {
  const day = Math.floor(fromMs / DAY_MS) * DAY_MS
  const due = Math.max(day + DAY_MS + GRACE_MS, nowMs) + DAY_DEBOUNCE_MS
  return dirty(site, 'day', day, due)
}

/** One day rolled up from its intervals. */
export interface RolledDay {
  readonly site: string
  readonly fromMs: number
  readonly ready: number
  readonly notReady: number
  readonly cannotSay: number
  readonly farEnds: readonly Omit<FarEndTable, 'site' | 'from_ms'>[]
}

/** Writes a day over whatever was there. */
export async function putDay(db: Kysely<Tables>, day: RolledDay): Promise<void> {
  const { site, fromMs, ready, notReady, cannotSay } = day
  const counts = { ready, not_ready: notReady, cannot_say: cannotSay }
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('history_site_day')
      .values({ site, from_ms: fromMs, ...counts })
      .onConflict((on) => on.columns(['site', 'from_ms']).doUpdateSet(counts))
      .execute()
    await tx
      .deleteFrom('history_day')
      .where('site', '=', site)
      .where('from_ms', '=', fromMs)
      .execute()
    if (day.farEnds.length === 0) return
    const rows = day.farEnds.map((row) => ({ site, from_ms: fromMs, ...row }))
    await tx.insertInto('history_day').values(rows).execute()
  })
}
