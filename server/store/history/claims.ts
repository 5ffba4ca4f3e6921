import { type Kysely, sql } from 'kysely'
import { fixedStatement } from '../bulk.ts'
import type { Tables } from '../tables.ts'

/** A piece of rolling up, claimed. */
export interface Work {
  readonly site: string
  readonly kind: 'interval' | 'day'
  readonly fromMs: number
  readonly version: number
}

/**
 * Claims up to `limit` pieces that are due, oldest first, for `holdMs`. A piece goes to one claimer:
 * the conditional update decides. A claim that expires (its holder died) is open again.
 */
export async function claim(
  db: Kysely<Tables>,
  claimer: string,
  nowMs: number,
  holdMs: number,
  limit: number,
): Promise<Work[]> {
  return db.transaction().execute(async (tx) => {
    const found = await tx
      .selectFrom('history_dirty')
      .select(['site', 'kind', 'from_ms', 'version'])
      .where('due_ms', '<=', nowMs)
      .where('claim_until_ms', '<=', nowMs)
      .orderBy('due_ms')
      .orderBy('site')
      .orderBy('from_ms')
      .limit(limit)
      .execute()
    const mine: Work[] = []
    for (const { site, kind, from_ms: fromMs, version } of found) {
      const piece = { site, kind, fromMs, version }
      const times = { nowMs, untilMs: nowMs + holdMs }
      const { numAffectedRows } = await takePiece(tx, { ...piece, claimer, ...times })
      if (numAffectedRows === 1n) mine.push(piece)
    }
    return mine
  })
}

const takePiece = fixedStatement<
  Work & { readonly claimer: string; readonly nowMs: number; readonly untilMs: number }
>((db, { site, kind, fromMs, version, claimer, nowMs, untilMs }) =>
  db
    .updateTable('history_dirty')
    .set({ claim: claimer, claim_until_ms: untilMs })
    .where((e) => e.and({ site, kind, from_ms: fromMs, version }))
    .where('claim_until_ms', '<=', nowMs)
    .compile(),
)

/** The work is done and durable: it leaves the queue, but for what was marked again meanwhile. */
export async function settle(
  db: Kysely<Tables>,
  claimer: string,
  work: readonly Work[],
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const { version, ...piece } of work) {
      const mine = { ...piece, claimer }
      const { numAffectedRows } = await dropPiece(tx, { ...mine, version })
      if (numAffectedRows === 0n) await freePiece(tx, mine)
    }
  })
}

type Claimed = Omit<Work, 'version'> & { readonly claimer: string }

const dropPiece = fixedStatement<Claimed & Pick<Work, 'version'>>(
  (db, { site, kind, fromMs, claimer, version }) =>
    db
      .deleteFrom('history_dirty')
      .where((e) => e.and({ site, kind, from_ms: fromMs, claim: claimer, version }))
      .compile(),
)

const freePiece = fixedStatement<Claimed>((db, { site, kind, fromMs, claimer }) =>
  db
    .updateTable('history_dirty')
    .set({ claim: sql.lit(''), claim_until_ms: sql.lit(0) })
    .where((e) => e.and({ site, kind, from_ms: fromMs, claim: claimer }))
    .compile(),
)

/** How many pieces wait that are due. */
export async function waitingWork(db: Kysely<Tables>, nowMs: number): Promise<number> {
  const row = await db
    .selectFrom('history_dirty')
    .select((e) => e.fn.countAll<number | string>().as('n'))
    .where('due_ms', '<=', nowMs)
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}
