import { type Kysely, sql } from 'kysely'
import type { AbsenceOfRows } from '../../../shared/plan/rows.ts'
import type { Tables } from '../tables.ts'

/** One window's raw rows as an agent sent them: packed and deflated, checked before. */
export interface StoredRows {
  readonly site: string
  readonly sha256: string
  readonly agent: string
  readonly fromMs: number
  readonly toMs: number
  readonly storedMs: number
  readonly body: Uint8Array
}

/** Keeps a window's rows, once by its digest. */
export async function putRawRows(db: Kysely<Tables>, rows: StoredRows): Promise<void> {
  const { site, sha256, agent, fromMs, toMs, storedMs, body } = rows
  await db
    .insertInto('raw_rows')
    .values({
      ...{ site, sha256, agent, from_ms: fromMs, to_ms: toMs, stored_ms: storedMs },
      body: Buffer.from(body),
    })
    .onConflict((on) => on.columns(['site', 'sha256']).doNothing())
    .execute()
}

/** Which of these digests of a site are kept (at most 500 of them). */
export async function rawRowsKept(
  db: Kysely<Tables>,
  site: string,
  digests: readonly string[],
): Promise<string[]> {
  if (digests.length === 0) return []
  const rows = await db
    .selectFrom('raw_rows')
    .select('sha256')
    .where('site', '=', site)
    .where('sha256', 'in', digests)
    .execute()
  return rows.map(({ sha256 }) => sha256)
}

/** The rows under a digest; null: none are kept. */
export async function rawRows(
  db: Kysely<Tables>,
  site: string,
  sha256: string,
): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom('raw_rows')
    .select('body')
    .where('site', '=', site)
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return row === undefined ? null : new Uint8Array(row.body)
}

/** Removes the rows of a site that no pin holds any more; how many went. */
export async function removeRawRows(db: Kysely<Tables>, site: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('raw_rows')
    .where('site', '=', site)
    .where(
      sql<boolean>`not exists (select 1 from history_pin p where p.site = raw_rows.site
        and p.released_ms is null and p.from_ms < raw_rows.to_ms and p.to_ms > raw_rows.from_ms)`,
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** What an agent cannot bring, and when it said so. */
export interface ToldAbsence extends AbsenceOfRows {
  readonly agent: string
  readonly toldMs: number
}

/** Puts what an agent says now in the place of what it said before. */
export async function putAbsentRows(
  db: Kysely<Tables>,
  of: { readonly site: string; readonly agent: string; readonly toldMs: number },
  absent: readonly AbsenceOfRows[],
): Promise<void> {
  const { site, agent, toldMs } = of
  await db.transaction().execute(async (tx) => {
    await tx
      .deleteFrom('raw_rows_absent')
      .where((e) => e.and({ site, agent }))
      .execute()
    const rows = absent.map(({ from, to, cause, sha256 = '' }, place) => ({
      ...{ site, agent, place, cause, sha256, from_ms: from, to_ms: to, told_ms: toldMs },
    }))
    if (rows.length > 0) await tx.insertInto('raw_rows_absent').values(rows).execute()
  })
}

/** What agents of a site cannot bring of a time. */
export async function absentRows(
  db: Kysely<Tables>,
  site: string,
  span: { readonly fromMs: number; readonly toMs: number },
): Promise<ToldAbsence[]> {
  const rows = await db
    .selectFrom('raw_rows_absent')
    .selectAll()
    .where('site', '=', site)
    .where('from_ms', '<', span.toMs)
    .where('to_ms', '>', span.fromMs)
    .orderBy('agent')
    .orderBy('place')
    .execute()
  return rows.map(({ agent, cause, sha256, from_ms, to_ms, told_ms }) => ({
    ...{ agent, cause, from: from_ms, to: to_ms, toldMs: told_ms },
    ...(sha256 === '' ? {} : { sha256 }),
  }))
}
