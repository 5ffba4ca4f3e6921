/**
 * Where the rows of a table live once the database is spread over several machines (Citus): by
 * `site`, by `log_id`, or copied to every machine because the table is small and belongs to no site.
 * A new table that leads its key with neither must be named here; a test over all steps asks for it.
 */
export const COPIED_TABLES: readonly string[] = [
  ...['schema_version', 'profile'],
  ...['access_revision', 'site', 'enrol_token', 'user_account', 'api_token', 'session'],
  ...['login_failure', 'audit', 'collector_uptime', 'history_mark', 'ledger_lease'],
]

export type Placement = 'site' | 'log_id' | 'copied'

/** Reads the placement off a `create table` statement; null when it is not decided. */
export function placementOf(statement: string): Placement | null {
  const name = /^create table (?:if not exists )?(\w+)/.exec(statement)?.[1] ?? ''
  if (COPIED_TABLES.includes(name)) return 'copied'
  const [, key] = /primary key \((site|log_id)\b/.exec(statement) ?? []
  if (key === 'site' || key === 'log_id') return key
  return /\blog_id text not null primary key/.test(statement) ? 'log_id' : null
}
