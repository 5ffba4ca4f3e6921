import { type Kysely, sql } from 'kysely'
import { fixedStatement } from '../bulk.ts'
import type { Tables } from '../tables.ts'
import type { Run } from './runs.ts'
import type { FarEndTable, PeriodTable } from './tables.ts'

export interface Span {
  readonly site: string
  /** [fromMs, toMs), milliseconds since 1970. */
  readonly fromMs: number
  readonly toMs: number
}

export type FarEndRow = Omit<FarEndTable, 'site' | 'body'>
export type Grain = 'history_interval' | 'history_day'

const PLAIN = [
  ...(['from_ms', 'far_end', 'segment', 'windows', 'sent_out', 'lost_out', 'sent_back'] as const),
  ...(['lost_back', 'unattributed', 'delay_out_low_us', 'delay_out_high_us'] as const),
  ...(['delay_back_low_us', 'delay_back_high_us', 'jitter_out_us', 'jitter_back_us'] as const),
  ...(['seen_out', 'marked_out', 'seen_back', 'marked_back', 'gap_ms', 'gaps'] as const),
  'verdicts' as const,
]

/** Rows of quarter hours or days without their bodies, oldest first. */
export async function farEndRows(
  db: Kysely<Tables>,
  grain: Grain,
  span: Span,
): Promise<FarEndRow[]> {
  return db
    .selectFrom(grain)
    .select(PLAIN)
    .where('site', '=', span.site)
    .where('from_ms', '>=', span.fromMs)
    .where('from_ms', '<', span.toMs)
    .orderBy('from_ms')
    .orderBy('far_end')
    .orderBy('segment')
    .execute()
}

/** Rows of quarter hours with their bodies, oldest first: what a day is made of. */
export async function wholeIntervals(
  db: Kysely<Tables>,
  span: Span,
): Promise<Omit<FarEndTable, 'site'>[]> {
  return db
    .selectFrom('history_interval')
    .select([...PLAIN, 'body'])
    .where('site', '=', span.site)
    .where('from_ms', '>=', span.fromMs)
    .where('from_ms', '<', span.toMs)
    .orderBy('from_ms')
    .orderBy('far_end')
    .orderBy('segment')
    .execute()
}

/** What was judged of each quarter hour, oldest first. */
export async function periods(
  db: Kysely<Tables>,
  span: Span,
): Promise<Omit<PeriodTable, 'site'>[]> {
  const rows = await db
    .selectFrom('history_period')
    .selectAll()
    .where('site', '=', span.site)
    .where('from_ms', '>=', span.fromMs)
    .where('from_ms', '<', span.toMs)
    .orderBy('from_ms')
    .execute()
  return rows.map(({ site: _, ...rest }) => rest)
}

/** A quarter hour of a site by its beginning. */
export interface PeriodKey {
  readonly site: string
  readonly fromMs: number
}

/** What a quarter hour was judged on before, and what the ledger was told of it. */
export interface KnownPeriod extends PeriodKey {
  readonly records: number
  readonly told: string
}

/** Those of these quarter hours that were judged before. */
export async function knownPeriods(
  db: Kysely<Tables>,
  keys: readonly PeriodKey[],
): Promise<KnownPeriod[]> {
  const found: KnownPeriod[] = []
  for (const key of keys) {
    for (const { records, told } of (await onePeriod(db, key)).rows) {
      found.push({ ...key, records, told })
    }
  }
  return found
}

const onePeriod = fixedStatement<PeriodKey, Pick<PeriodTable, 'records' | 'told'>>(
  (db, { site, fromMs }) =>
    db
      .selectFrom('history_period')
      .select(['records', 'told'])
      .where('site', '=', site)
      .where('from_ms', '=', fromMs)
      .compile(),
)

/** The profile by which each site was judged when records last came before these quarter hours; null: never. */
export async function lastHeard(
  db: Kysely<Tables>,
  keys: readonly PeriodKey[],
): Promise<(string | null)[]> {
  const found: (string | null)[] = []
  for (const key of keys) found.push((await lastProfile(db, key)).rows[0]?.profile_sha256 ?? null)
  return found
}

const lastProfile = fixedStatement<PeriodKey, Pick<PeriodTable, 'profile_sha256'>>(
  (db, { site, fromMs }) =>
    db
      .selectFrom('history_period')
      .select('profile_sha256')
      .where('site', '=', site)
      .where('from_ms', '<', fromMs)
      .where('records', '>', sql.lit(0))
      .orderBy('from_ms', 'desc')
      .limit(sql.lit(1))
      .compile(),
)

/** How many quarter hours of each day came to what. */
export async function siteDays(
  db: Kysely<Tables>,
  span: Span,
): Promise<Omit<Tables['history_site_day'], 'site'>[]> {
  return db
    .selectFrom('history_site_day')
    .select(['from_ms', 'ready', 'not_ready', 'cannot_say'])
    .where('site', '=', span.site)
    .where('from_ms', '>=', span.fromMs)
    .where('from_ms', '<', span.toMs)
    .orderBy('from_ms')
    .execute()
}

/** What was seen of each place: quarter hours with rows, and the time in them that was not seen. */
export async function coverageSums(
  db: Kysely<Tables>,
  span: Span,
): Promise<
  {
    readonly farEnd: string
    readonly segment: string
    readonly intervals: number
    readonly gapMs: number
  }[]
> {
  const rows = await db
    .selectFrom('history_interval')
    .select(['far_end', 'segment'])
    .select((e) => [
      e.fn.countAll<number | string>().as('n'),
      e.fn.sum<number | string>('gap_ms').as('gap_ms'),
    ])
    .where('site', '=', span.site)
    .where('from_ms', '>=', span.fromMs)
    .where('from_ms', '<', span.toMs)
    .groupBy(['far_end', 'segment'])
    .orderBy('segment')
    .orderBy('far_end')
    .execute()
  return rows.map((row) => ({
    ...{ farEnd: row.far_end, segment: row.segment },
    ...{ intervals: Number(row.n), gapMs: Number(row.gap_ms) },
  }))
}

/** Quarter hours in which something was not seen, at most `limit`, oldest first. */
export async function gapRows(
  db: Kysely<Tables>,
  span: Span,
  limit: number,
): Promise<{ readonly farEnd: string; readonly segment: string; readonly gaps: string }[]> {
  const rows = await db
    .selectFrom('history_interval')
    .select(['far_end', 'segment', 'gaps'])
    .where('site', '=', span.site)
    .where('from_ms', '>=', span.fromMs)
    .where('from_ms', '<', span.toMs)
    .where('gap_ms', '>', 0)
    .orderBy('from_ms')
    .orderBy('far_end')
    .orderBy('segment')
    .limit(limit)
    .execute()
  return rows.map(({ far_end, segment, gaps }) => ({ farEnd: far_end, segment, gaps }))
}

/**
 * Verdict intervals that touch the time, at most `limit`, by place and then oldest first; of one line
 * where one is named.
 */
export async function verdictRuns(
  db: Kysely<Tables>,
  span: Span,
  limit: number,
  line?: string,
): Promise<Run[]> {
  const rows = await db
    .selectFrom('history_verdict')
    .selectAll()
    .where('site', '=', span.site)
    .$if(line !== undefined, (select) => select.where('line', '=', line ?? ''))
    .where('to_ms', '>', span.fromMs)
    .where('from_ms', '<', span.toMs)
    .orderBy('line')
    .orderBy('leg')
    .orderBy('far_end')
    .orderBy('segment')
    .orderBy('from_ms')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    ...{ line: row.line, leg: row.leg, farEnd: row.far_end, segment: row.segment },
    ...{ from: row.from_ms, to: row.to_ms, verdict: row.verdict, reason: row.reason },
  }))
}
