import { type Kysely, sql, type Transaction } from 'kysely'
import { INTERVAL_MS } from '../../../shared/clock.ts'
import type { Tables } from '../tables.ts'
import { dirty, GRACE_MS, mark } from './append.ts'
import { overwrite, type Run } from './runs.ts'
import type { FarEndTable, PeriodTable } from './tables.ts'

export const DAY_MS = 24 * 3_600_000
/** A day is rolled up again some time after the last late record, not with each. */
const DAY_DEBOUNCE_MS = 10 * 60_000

/** One quarter hour rolled up and judged, as it is written. */
export interface RolledInterval {
  readonly site: string
  readonly fromMs: number
  readonly period: Omit<PeriodTable, 'site' | 'from_ms' | 'told'>
  readonly farEnds: readonly Omit<FarEndTable, 'site' | 'from_ms'>[]
  readonly runs: readonly Run[]
  readonly nowMs: number
}

/**
 * Writes an interval over whatever was there, with its verdict intervals, and marks its day. Returns
 * what the ledger was told of it before.
 */
export async function putInterval(db: Kysely<Tables>, rolled: RolledInterval): Promise<string> {
  const { site, fromMs, period, nowMs } = rolled
  return db.transaction().execute(async (tx) => {
    await standAlone(tx, site)
    const stored = await tx
      .insertInto('history_period')
      .values({ site, from_ms: fromMs, ...period, told: '' })
      .onConflict((on) => on.columns(['site', 'from_ms']).doUpdateSet({ ...period }))
      .returning('told')
      .executeTakeFirstOrThrow()
    await tx
      .deleteFrom('history_interval')
      .where('site', '=', site)
      .where('from_ms', '=', fromMs)
      .execute()
    if (rolled.farEnds.length > 0) {
      const rows = rolled.farEnds.map((row) => ({ site, from_ms: fromMs, ...row }))
      await tx.insertInto('history_interval').values(rows).execute()
    }
    await putRuns(tx, rolled)
    const day = Math.floor(fromMs / DAY_MS) * DAY_MS
    const due = Math.max(day + DAY_MS + GRACE_MS, nowMs) + DAY_DEBOUNCE_MS
    await mark(tx, [dirty(site, 'day', day, due)])
    return stored.told
  })
}

/** Two collectors that join runs of one site at a time would each miss what the other wrote. */
async function standAlone(tx: Transaction<Tables>, site: string): Promise<void> {
  await tx
    .insertInto('history_site')
    .values({ site, written: 1 })
    .onConflict((on) => on.column('site').doUpdateSet({ written: sql`history_site.written + 1` }))
    .execute()
}

async function putRuns(tx: Transaction<Tables>, rolled: RolledInterval): Promise<void> {
  const { site, fromMs, runs } = rolled
  const toMs = fromMs + INTERVAL_MS
  const rows = await tx
    .selectFrom('history_verdict')
    .selectAll()
    .where('site', '=', site)
    .where('to_ms', '>=', fromMs)
    .where('from_ms', '<=', toMs)
    .execute()
  const there = rows.map(({ from_ms, to_ms, far_end, site: _, ...rest }) => ({
    ...{ ...rest, farEnd: far_end, from: from_ms, to: to_ms },
  }))
  const { remove, put } = overwrite(there, runs, fromMs, toMs)
  for (const run of remove) {
    await tx
      .deleteFrom('history_verdict')
      .where((e) => e.and({ site, line: run.line, leg: run.leg, from_ms: run.from }))
      .where('far_end', '=', run.farEnd)
      .where('segment', '=', run.segment)
      .execute()
  }
  for (let at = 0; at < put.length; at += 200) {
    await tx
      .insertInto('history_verdict')
      .values(
        put.slice(at, at + 200).map(({ from, to, farEnd, ...rest }) => ({
          ...{ site, ...rest, far_end: farEnd, from_ms: from, to_ms: to },
        })),
      )
      .onConflict((on) =>
        on.columns(['site', 'line', 'leg', 'far_end', 'segment', 'from_ms']).doUpdateSet({
          to_ms: sql`excluded.to_ms`,
          verdict: sql`excluded.verdict`,
          reason: sql`excluded.reason`,
        }),
      )
      .execute()
  }
}

/** The ledger holds this content of the interval now. */
export async function noteTold(
  db: Kysely<Tables>,
  site: string,
  fromMs: number,
  told: string,
): Promise<void> {
  await db
    .updateTable('history_period')
    .set({ told })
    .where('site', '=', site)
    .where('from_ms', '=', fromMs)
    .execute()
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
