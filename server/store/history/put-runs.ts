import { type Selectable, sql, type Transaction } from 'kysely'
import { INTERVAL_MS } from '../../../shared/clock.ts'
import { bulkStatement, fixedStatement } from '../bulk.ts'
import type { Tables } from '../tables.ts'
import { overwrite, type Run, type Slice } from './runs.ts'
import type { RunTable } from './tables.ts'

interface Sliced {
  readonly site: string
  readonly fromMs: number
  readonly slices: readonly Slice[]
  /** The quarter hour just before has the same slices, as it was written last. */
  readonly goesOn: boolean
}

/** Writes what lines came to in a quarter hour over the verdict intervals of each of these sites. */
export async function putRuns(tx: Transaction<Tables>, list: readonly Sliced[]): Promise<void> {
  const rows: RunTable[] = []
  for (const { site, fromMs, slices, goesOn } of list) {
    const span = { site, fromMs, toMs: fromMs + INTERVAL_MS }
    if (goesOn && (await allGoOn(tx, span, slices.length))) continue
    const found = await touchingRuns(tx, span)
    const change = overwrite(found.rows.map(toRun), slices, fromMs, span.toMs)
    if (change.lengthen) await lengthenRuns(tx, span)
    for (const { line, leg, farEnd, segment, from } of change.remove) {
      await removeRun(tx, { site, line, leg, farEnd, segment, from })
    }
    for (const run of change.put) rows.push(toRow(site, run))
  }
  await upsertRuns.run(tx, rows)
}

/** Lengthens all runs that end where the interval begins; false when they are not all that there is. */
async function allGoOn(tx: Transaction<Tables>, span: Span, lines: number): Promise<boolean> {
  const { site, fromMs } = span
  if ((await laterRun(tx, { site, fromMs })).rows.length > 0) return false
  const { numAffectedRows } = await lengthenRuns(tx, span)
  return Number(numAffectedRows) === lines
}

const laterRun = fixedStatement<Pick<Span, 'site' | 'fromMs'>>((db, { site, fromMs }) =>
  db
    .selectFrom('history_verdict')
    .select('site')
    .where('site', '=', site)
    .where('to_ms', '>', fromMs)
    .limit(sql.lit(1))
    .compile(),
)

interface Span {
  readonly site: string
  readonly fromMs: number
  readonly toMs: number
}

const touchingRuns = fixedStatement<Span, Selectable<RunTable>>((db, { site, fromMs, toMs }) =>
  db
    .selectFrom('history_verdict')
    .selectAll()
    .where('site', '=', site)
    .where('to_ms', '>=', fromMs)
    .where('from_ms', '<=', toMs)
    .compile(),
)

const lengthenRuns = fixedStatement<Span>((db, { site, fromMs, toMs }) =>
  db
    .updateTable('history_verdict')
    .set({ to_ms: toMs })
    .where('site', '=', site)
    .where('to_ms', '=', fromMs)
    .compile(),
)

const removeRun = fixedStatement<
  { readonly site: string } & Omit<Run, 'to' | 'verdict' | 'reason'>
>((db, { site, line, leg, farEnd, segment, from }) =>
  db
    .deleteFrom('history_verdict')
    .where((e) => e.and({ site, line, leg, far_end: farEnd, segment, from_ms: from }))
    .compile(),
)

const upsertRuns = bulkStatement<RunTable>((db, rows) =>
  db
    .insertInto('history_verdict')
    .values([...rows])
    .onConflict((on) =>
      on.columns(['site', 'line', 'leg', 'far_end', 'segment', 'from_ms']).doUpdateSet((e) => ({
        to_ms: e.ref('excluded.to_ms'),
        verdict: e.ref('excluded.verdict'),
        reason: e.ref('excluded.reason'),
      })),
    )
    .compile(),
)

function toRun({ line, leg, far_end, segment, from_ms, to_ms, verdict, reason }: RunTable): Run {
  return { line, leg, farEnd: far_end, segment, from: from_ms, to: to_ms, verdict, reason }
}

function toRow(site: string, run: Run): RunTable {
  const { line, leg, farEnd, segment, from, to, verdict, reason } = run
  return { site, line, leg, far_end: farEnd, segment, from_ms: from, to_ms: to, verdict, reason }
}
