import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** One administrative act. */
export interface AuditEntry {
  /** UUIDv7: unique, in the order of time, and the same when the act is repeated. */
  readonly id: string
  /** Milliseconds since 1970, the collector's clock. */
  readonly atMs: number
  /** `user:NAME`, `token:NAME`, `agent:SITE/NAME` or `console:NAME` (the command line). */
  readonly actor: string
  /** `noun.verb`, e.g. `agent.revoke`. */
  readonly action: string
  readonly site: string | null
  readonly detail: Readonly<Record<string, string | number | boolean | null>>
}

export interface AuditQuery {
  readonly site: string | null
  /** Only entries older than the one with this id; null: from the newest. */
  readonly before: string | null
  readonly limit: number
}

/** Writes an entry, once by its id. */
export async function writeAudit(db: Kysely<Tables>, entry: AuditEntry): Promise<void> {
  const { id, atMs, actor, action, site, detail } = entry
  await db
    .insertInto('audit')
    .values({ id, at_ms: atMs, actor, action, site, detail: JSON.stringify(detail) })
    .onConflict((on) => on.column('id').doNothing())
    .execute()
}

/** Writes an entry, or what it has come to since: one that counts what is done again and again. */
export async function countAudit(db: Kysely<Tables>, entry: AuditEntry): Promise<void> {
  const { id, atMs, actor, action, site } = entry
  const detail = JSON.stringify(entry.detail)
  await db
    .insertInto('audit')
    .values({ id, at_ms: atMs, actor, action, site, detail })
    .onConflict((on) => on.column('id').doUpdateSet({ detail }))
    .execute()
}

/** Entries, newest first. */
export async function readAudit(db: Kysely<Tables>, query: AuditQuery): Promise<AuditEntry[]> {
  const { site, before, limit } = query
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .$if(site !== null, (select) => select.where('site', '=', site))
    .$if(before !== null, (select) => select.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    atMs: row.at_ms,
    actor: row.actor,
    action: row.action,
    site: row.site,
    detail: JSON.parse(row.detail) as AuditEntry['detail'],
  }))
}
