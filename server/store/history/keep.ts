import { type Kysely, sql } from 'kysely'
import { CHAIN_MARGIN_MS, INTERVAL_MS } from '../../../shared/clock.ts'
import { LONGEST_VALIDITY_MS } from '../../../shared/verdict/rounds.ts'
import { RUN_HOLDS_MS } from '../../../shared/verdict/runs.ts'
import type { Tables } from '../tables.ts'

/** What a dispute keeps: everything that touches [fromMs, toMs) stays until it is released. */
export interface Pin {
  readonly site: string
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
  readonly why: string
  readonly by: string
  readonly enteredMs: number
  readonly releasedMs: number | null
}

/** Enters a pin, once by its id. */
export async function putPin(db: Kysely<Tables>, pin: Pin): Promise<void> {
  const { site, id, fromMs, toMs, why, by, enteredMs } = pin
  await db
    .insertInto('history_pin')
    .values({
      ...{ site, id, why, from_ms: fromMs, to_ms: toMs },
      ...{ pinned_by: by, entered_ms: enteredMs, released_ms: null },
    })
    .onConflict((on) => on.columns(['site', 'id']).doNothing())
    .execute()
}

/** Releases a pin; false when there is none of this id that holds. */
export async function releasePin(
  db: Kysely<Tables>,
  site: string,
  id: string,
  atMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('history_pin')
    .set({ released_ms: atMs })
    .where('site', '=', site)
    .where('id', '=', id)
    .where('released_ms', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Every pin of a site, released ones too, oldest first. */
export async function pins(db: Kysely<Tables>, site: string): Promise<Pin[]> {
  const rows = await db
    .selectFrom('history_pin')
    .selectAll()
    .where('site', '=', site)
    .orderBy('entered_ms')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    ...{ site, id: row.id, fromMs: row.from_ms, toMs: row.to_ms, why: row.why },
    ...{ by: row.pinned_by, enteredMs: row.entered_ms, releasedMs: row.released_ms },
  }))
}

/** Whole quarter hours that a pin `p` touches: what is bundled and judged of it. */
const QUARTERS_FROM = sql.raw(`(p.from_ms / ${INTERVAL_MS}) * ${INTERVAL_MS}`)
const QUARTERS_TO = sql.raw(`((p.to_ms - 1) / ${INTERVAL_MS} + 1) * ${INTERVAL_MS}`)
/** And the time around them whose records show, by the chain, that none of theirs is left out. */
const CHAIN_FROM = sql`${QUARTERS_FROM} - ${sql.lit(CHAIN_MARGIN_MS)}`
const CHAIN_TO = sql`${QUARTERS_TO} + ${sql.lit(CHAIN_MARGIN_MS)}`

/** When the last record ended that the agent of a record `r` made before what a pin `p` keeps. */
const lastBefore = (site: string) => sql`(select max(n.to_ms) from record n
  where n.site = ${site} and n.agent = r.agent and n.to_ms <= ${CHAIN_FROM})`
/** And the first one after it. */
const firstAfter = (site: string) => sql`(select min(n.to_ms) from record n
  where n.site = ${site} and n.agent = r.agent and n.to_ms > ${CHAIN_TO} and n.from_ms >= ${CHAIN_TO})`

/** Sites with a pin that holds. */
export async function pinnedSites(db: Kysely<Tables>): Promise<string[]> {
  const rows = await db
    .selectFrom('history_pin')
    .select('site')
    .distinct()
    .where('released_ms', 'is', null)
    .execute()
  return rows.map(({ site }) => site)
}

/** Every site that ever delivered, in order, after a name. */
export async function sitesAfter(
  db: Kysely<Tables>,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('agent_state')
    .select('site')
    .distinct()
    .where('site', '>', after)
    .orderBy('site')
    .limit(limit)
    .execute()
  return rows.map(({ site }) => site)
}

/**
 * Removes up to `limit` records of a site whose window ended by `untilMs`. Stays: what the quarter hours
 * that a pin touches are judged by (their own records, and rounds and runs that held into them), those
 * around them that show that none is left out, what is not rolled up or has no place in the ledger yet,
 * and the newest record of each agent (the collector starts from it). Returns how many went.
 */
export async function removeRecords(
  db: Kysely<Tables>,
  site: string,
  untilMs: number,
  limit: number,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const found = await sql<{ agent: string; boot: string; sequence: number }>`
      select agent, boot, sequence from record r
      where r.site = ${site} and r.to_ms <= ${untilMs}
        and not exists (select 1 from history_pin p where p.site = r.site and p.released_ms is null
          and ${CHAIN_FROM} < r.to_ms and ${CHAIN_TO} > r.from_ms)
        and not exists (select 1 from history_pin p where p.site = r.site and p.released_ms is null
          and (r.to_ms = ${lastBefore(site)} or r.to_ms = ${firstAfter(site)}))
        and not exists (select 1 from record_round c
          join history_pin p on p.site = c.site and p.released_ms is null
            and c.to_ms < ${QUARTERS_TO} and c.to_ms > ${QUARTERS_FROM}
              - case c.carries when 'run' then ${sql.lit(RUN_HOLDS_MS)} else ${sql.lit(LONGEST_VALIDITY_MS)} end
          where c.site = r.site and c.agent = r.agent and c.boot = r.boot and c.sequence = r.sequence)
        and not exists (select 1 from history_dirty d where d.site = r.site
          and d.kind = 'interval' and d.from_ms < r.to_ms and d.from_ms > r.from_ms - ${INTERVAL_MS})
        and not exists (select 1 from ledger_pending q where q.site = r.site
          and q.ref = r.agent || '/' || r.boot || '/' || r.sequence)
        and not exists (select 1 from agent_state a where a.site = r.site and a.agent = r.agent
          and a.boot = r.boot and a.sequence = r.sequence)
      order by r.to_ms limit ${limit}`.execute(tx)
    for (const { agent, boot, sequence } of found.rows) {
      const key = { site, agent, boot, sequence }
      await tx
        .deleteFrom('record_round')
        .where((e) => e.and(key))
        .execute()
      await tx
        .deleteFrom('record')
        .where((e) => e.and(key))
        .execute()
    }
    return found.rows.length
  })
}

/** Removes a site's quarter hours, days and verdict intervals before `beforeMs` that no pin touches. */
export async function removeHistory(
  db: Kysely<Tables>,
  site: string,
  beforeMs: number,
): Promise<number> {
  const held = (from: string, to: string) => sql<boolean>`not exists (
    select 1 from history_pin p where p.site = ${site} and p.released_ms is null
      and p.from_ms < ${sql.raw(to)} and p.to_ms > ${sql.raw(from)})`
  const day = 24 * 3_600_000
  const spans = [
    ['history_interval', INTERVAL_MS],
    ['history_period', INTERVAL_MS],
    ['history_day', day],
    ['history_site_day', day],
  ] as const
  return db.transaction().execute(async (tx) => {
    let removed = 0
    for (const [table, length] of spans) {
      const { numDeletedRows } = await tx
        .deleteFrom(table)
        .where('site', '=', site)
        .where('from_ms', '<', beforeMs - length)
        .where(held(`${table}.from_ms`, `${table}.from_ms + ${length}`))
        .executeTakeFirst()
      removed += Number(numDeletedRows)
    }
    const { numDeletedRows } = await tx
      .deleteFrom('history_verdict')
      .where('site', '=', site)
      .where('to_ms', '<', beforeMs)
      .where(held('history_verdict.from_ms', 'history_verdict.to_ms'))
      .executeTakeFirst()
    return removed + Number(numDeletedRows)
  })
}

/**
 * Removes collectors' times of being up that ended before `beforeMs`, and before any time that a pin of
 * whatever site keeps: silence is judged by them.
 */
export async function removeUptime(db: Kysely<Tables>, beforeMs: number): Promise<void> {
  // Asked for beforehand: on a cluster the two tables are not joined.
  const pinned = await db
    .selectFrom('history_pin')
    .select(({ fn }) => fn.min('from_ms').as('from'))
    .where('released_ms', 'is', null)
    .executeTakeFirst()
  const until = Math.min(beforeMs, Number(pinned?.from ?? beforeMs))
  await db.deleteFrom('collector_uptime').where('to_ms', '<', until).execute()
}
