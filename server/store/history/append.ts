import { type Kysely, sql, type Transaction } from 'kysely'
import { INTERVAL_MS } from '../../../shared/clock.ts'
import { startOfInterval } from '../../../shared/intervals.ts'
import { CARRIED_HOLDS_MS } from '../../../shared/verdict/period.ts'
import { bulkStatement } from '../bulk.ts'
import type { RecordRow } from '../record-row.ts'
import type { Tables } from '../tables.ts'
import type { DirtyTable } from './tables.ts'

/** After an interval's end its last records are still on their way. */
export const GRACE_MS = 90_000

/** In the transaction that stores them: the intervals that these records change. */
export async function markIntervals(
  tx: Transaction<Tables>,
  rows: readonly RecordRow[],
): Promise<void> {
  const due = new Map<string, DirtyTable>()
  for (const row of rows) {
    const { carries, toMs } = row
    const holds = carries != null && carries !== 'look'
    const last = holds ? reachOf(row, CARRIED_HOLDS_MS[carries]) : toMs
    for (let at = startOfInterval(row.fromMs); at < last; at += INTERVAL_MS) {
      const dueMs = Math.max(at + INTERVAL_MS, row.receivedMs) + GRACE_MS
      due.set(`${row.site} ${at}`, dirty(row.site, 'interval', at, dueMs))
    }
  }
  await mark(tx, inOrder([...due.values()]))
}

/** Always in one order, so that collectors that store at once do not wait for each other in a ring. */
function inOrder(rows: readonly DirtyTable[]): DirtyTable[] {
  return [...rows].sort(
    (a, b) => (a.site < b.site ? -1 : a.site > b.site ? 1 : 0) || a.from_ms - b.from_ms,
  )
}

/** Intervals that are over already and judged without what came late: those are judged again. */
function reachOf({ toMs, receivedMs }: RecordRow, holdsMs: number): number {
  return Math.max(toMs, Math.min(toMs + holdsMs, receivedMs - INTERVAL_MS))
}

export function dirty(
  site: string,
  kind: DirtyTable['kind'],
  fromMs: number,
  dueMs: number,
): DirtyTable {
  const unclaimed = { version: 1, claim: '', claim_until_ms: 0 }
  return { site, kind, from_ms: fromMs, due_ms: dueMs, ...unclaimed }
}

/** Puts work into the queue. What waits already keeps its turn, so that a stream of records cannot put it off. */
export async function mark(db: Kysely<Tables>, rows: readonly DirtyTable[]): Promise<void> {
  await upsertDirty.run(db, rows)
}

const upsertDirty = bulkStatement<DirtyTable>((db, rows) =>
  db
    .insertInto('history_dirty')
    .values([...rows])
    .onConflict((on) =>
      on
        .columns(['site', 'kind', 'from_ms'])
        .doUpdateSet({ version: sql`history_dirty.version + 1` }),
    )
    .compile(),
)
