import { type Kysely, sql } from 'kysely'
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
