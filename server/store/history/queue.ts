import { type Kysely, sql } from 'kysely'
import { INTERVAL_MS } from '../../../shared/clock.ts'
import type { Tables } from '../tables.ts'
import { dirty, mark } from './append.ts'
import type { Span } from './read.ts'

/** For so long after its last record a site's silence is judged. */
export const KNOWN_FOR_MS = 7 * 24 * 3_600_000

/**
 * Marks the interval at `fromMs` of every site that has nothing judged there, nor waiting to be, and
 * delivered something within seven days before it, or has an agent enrolled, or a plan: silence is to
 * be judged, not left out, and so is that nothing ever came.
 */
export async function markSilent(
  db: Kysely<Tables>,
  fromMs: number,
  nowMs: number,
): Promise<number> {
  const sites = await db
    .selectFrom('agent_state')
    .select('site')
    .distinct()
    .where((e) =>
      e.and([
        e.exists(
          e
            .selectFrom('history_period as before')
            .select(sql<number>`1`.as('one'))
            .whereRef('before.site', '=', 'agent_state.site')
            .where('before.from_ms', '>=', fromMs - KNOWN_FOR_MS)
            .where('before.from_ms', '<', fromMs)
            .where('before.records', '>', 0),
        ),
        e.not(
          e.exists(
            e
              .selectFrom('history_period as here')
              .select(sql<number>`1`.as('one'))
              .whereRef('here.site', '=', 'agent_state.site')
              .where('here.from_ms', '=', fromMs),
          ),
        ),
      ]),
    )
    .execute()
  const names = new Set(sites.map(({ site }) => site))
  for (const site of await expectedSites(db, fromMs)) names.add(site)
  for (const site of await waitingSites(db, fromMs)) names.delete(site)
  const marks = [...names].map((site) => dirty(site, 'interval', fromMs, nowMs))
  await mark(db, marks)
  return names.size
}

async function waitingSites(db: Kysely<Tables>, fromMs: number): Promise<string[]> {
  const waiting = await db
    .selectFrom('history_dirty')
    .select('site')
    .where('kind', '=', 'interval')
    .where('from_ms', '=', fromMs)
    .execute()
  return waiting.map(({ site }) => site)
}

/**
 * Sites with an agent's key in force, or with a plan and no key at all (one whose keys were all taken
 * back is given up), since before `fromMs`, that have nothing judged there.
 */
async function expectedSites(db: Kysely<Tables>, fromMs: number): Promise<string[]> {
  const judged = db.selectFrom('history_period').select('site').where('from_ms', '=', fromMs)
  const enrolled = await db
    .selectFrom('agent_key')
    .select('site')
    .distinct()
    .where('state', '=', 'active')
    .where('added_ms', '<=', fromMs)
    .where('site', 'not in', judged)
    .execute()
  const planned = await db
    .selectFrom('plan')
    .select('site')
    .distinct()
    .where('at_ms', '<=', fromMs)
    .where('site', 'not in', db.selectFrom('agent_key').select('site'))
    .where('site', 'not in', judged)
    .execute()
  return [...enrolled, ...planned].map(({ site }) => site)
}

/** Marks every interval of [fromMs, toMs) of a site that has nothing judged yet. */
export async function markMissing(
  db: Kysely<Tables>,
  { site, fromMs, toMs }: Span,
  dueMs: number,
): Promise<number> {
  const there = await db
    .selectFrom('history_period')
    .select('from_ms')
    .where('site', '=', site)
    .where('from_ms', '>=', fromMs)
    .where('from_ms', '<', toMs)
    .execute()
  const known = new Set(there.map((row) => row.from_ms))
  const missing = []
  for (let at = fromMs; at < toMs; at += INTERVAL_MS) {
    if (!known.has(at)) missing.push(dirty(site, 'interval', at, dueMs))
  }
  await mark(db, missing)
  return missing.length
}

/** A collector was up from `fromMs` (its start, or the end of a pause) until now. */
export async function beat(
  db: Kysely<Tables>,
  collector: string,
  fromMs: number,
  toMs: number,
): Promise<void> {
  await db
    .insertInto('collector_uptime')
    .values({ collector, from_ms: fromMs, to_ms: toMs })
    .onConflict((on) => on.columns(['collector', 'from_ms']).doUpdateSet({ to_ms: toMs }))
    .execute()
}

/** The times within [fromMs, toMs) in which any collector was up, in order. */
export async function uptime(
  db: Kysely<Tables>,
  fromMs: number,
  toMs: number,
): Promise<{ readonly from: number; readonly to: number }[]> {
  const rows = await db
    .selectFrom('collector_uptime')
    .select(['from_ms', 'to_ms'])
    .where('to_ms', '>', fromMs)
    .where('from_ms', '<', toMs)
    .orderBy('from_ms')
    .execute()
  return rows.map((row) => ({ from: row.from_ms, to: row.to_ms }))
}

/** A named instant that work has come up to; null: never. */
export async function reached(db: Kysely<Tables>, name: string): Promise<number | null> {
  const row = await db
    .selectFrom('history_mark')
    .select('at_ms')
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.at_ms ?? null
}

/** Moves a named instant forward, never back. */
export async function reach(db: Kysely<Tables>, name: string, atMs: number): Promise<void> {
  await db
    .insertInto('history_mark')
    .values({ name, at_ms: atMs })
    .onConflict((on) =>
      on.column('name').doUpdateSet({
        at_ms: sql`case when history_mark.at_ms > excluded.at_ms then history_mark.at_ms else excluded.at_ms end`,
      }),
    )
    .execute()
}
