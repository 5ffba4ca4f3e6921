import type { Kysely, Selectable } from 'kysely'
import type { Tables } from '../tables.ts'
import { addPending } from './append.ts'

/** An entry of the collector's, signed, that waits for its place. */
export interface PendingEntry {
  /** Empty: of no site. */
  readonly site: string
  /** Its own: the same again changes nothing. */
  readonly ref: string
  readonly kind: string
  readonly about: string
  readonly atMs: number
  readonly turn: number
  /** RFC 6962 leaf hash of the envelope. */
  readonly leaf: Uint8Array
  readonly body: Uint8Array
}

/** An entry at its place. */
export interface PlacedEntry {
  readonly index: number
  readonly kind: string
  readonly site: string
  readonly atMs: number
  /** Its envelope, byte for byte. */
  readonly body: Uint8Array
}

/** Makes entries durable, in a transaction of the caller's or alone; from then on they get their places. */
export async function addEntries(
  db: Kysely<Tables>,
  entries: readonly PendingEntry[],
): Promise<void> {
  const rows = entries.map(({ atMs, ...row }) => ({ ...row, received_ms: atMs, late_ms: 0 }))
  await addPending(db, rows)
}

/** Whether an entry of this kind about this was made at `sinceMs` or later, placed or waiting. */
export async function hasEntry(
  db: Kysely<Tables>,
  key: { readonly site: string; readonly kind: string; readonly about: string },
  sinceMs: number,
): Promise<boolean> {
  const { site, kind, about } = key
  const placed = await db
    .selectFrom('ledger_entry')
    .select('idx')
    .where((e) => e.and({ site, kind, about }))
    .where('at_ms', '>=', sinceMs)
    .limit(1)
    .executeTakeFirst()
  if (placed !== undefined) return true
  const waiting = await db
    .selectFrom('ledger_pending')
    .select('ref')
    .where((e) => e.and({ site, kind, about }))
    .where('received_ms', '>=', sinceMs)
    .limit(1)
    .executeTakeFirst()
  return waiting !== undefined
}

/** How much waits for its place, and since when; null: nothing does. */
export async function unsequenced(
  db: Kysely<Tables>,
): Promise<{ readonly count: number; readonly oldestMs: number | null }> {
  const row = await db
    .selectFrom('ledger_pending')
    .select((e) => [e.fn.countAll().as('count'), e.fn.min('received_ms').as('oldest')])
    .executeTakeFirstOrThrow()
  return { count: Number(row.count), oldestMs: row.oldest === null ? null : Number(row.oldest) }
}

/**
 * Entries of a site, and those of no site, whose index is in [from, to), in their order, at most
 * `limit`: the next page begins after the last index.
 */
export async function entriesBetween(
  db: Kysely<Tables>,
  logId: string,
  site: string,
  range: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<PlacedEntry[]> {
  const rows = await db
    .selectFrom('ledger_entry')
    .select(['idx', 'kind', 'site', 'at_ms', 'body'])
    .where('log_id', '=', logId)
    .where('site', 'in', ['', site])
    .where('idx', '>=', range.from)
    .where('idx', '<', range.to)
    .orderBy('idx')
    .limit(range.limit)
    .execute()
  return rows.map(toPlaced)
}

type PlacedRow = Pick<
  Selectable<Tables['ledger_entry']>,
  'idx' | 'kind' | 'site' | 'at_ms' | 'body'
>

function toPlaced({ idx, kind, site, at_ms, body }: PlacedRow): PlacedEntry {
  return { index: idx, kind, site, atMs: at_ms, body }
}

/** Entries of some kinds about a subject of a site, before leaf `to`; the newest, at most `limit`. */
export async function entriesAbout(
  db: Kysely<Tables>,
  logId: string,
  key: { readonly site: string; readonly kinds: readonly string[]; readonly about: string },
  range: { readonly to: number; readonly limit: number },
): Promise<PlacedEntry[]> {
  const rows = await db
    .selectFrom('ledger_entry')
    .select(['idx', 'kind', 'site', 'at_ms', 'body'])
    .where('site', '=', key.site)
    .where('kind', 'in', [...key.kinds])
    .where('about', '=', key.about)
    .where('log_id', '=', logId)
    .where('idx', '<', range.to)
    .orderBy('idx', 'desc')
    .limit(range.limit)
    .execute()
  return rows.reverse().map(toPlaced)
}

/** An agent whose newest record came in a stretch of time. */
export interface SilentAgent {
  readonly site: string
  readonly agent: string
  readonly boot: string
  readonly sequence: number
  readonly lastReceivedMs: number
}

/** Agents that were last heard of in (afterMs, untilMs], longest ago first, at most `limit`. */
export async function lastHeardBetween(
  db: Kysely<Tables>,
  afterMs: number,
  untilMs: number,
  limit: number,
): Promise<SilentAgent[]> {
  const rows = await db
    .selectFrom('agent_state')
    .select(['site', 'agent', 'boot', 'sequence', 'last_received_ms'])
    .where('last_received_ms', '>', afterMs)
    .where('last_received_ms', '<=', untilMs)
    .orderBy('last_received_ms')
    .orderBy('site')
    .orderBy('agent')
    .limit(limit)
    .execute()
  return rows.map(({ last_received_ms, ...row }) => ({ ...row, lastReceivedMs: last_received_ms }))
}
