import { type Kysely, sql } from 'kysely'
import { Fault } from '../../shared/errors.ts'
import { accessStep } from './access/step.ts'
import { historyStep } from './history/step.ts'
import { ledgerPlacesStep, ledgerStep } from './ledger/step.ts'
import { plansStep } from './plans/step.ts'
import { isTransient, retrying } from './retry.ts'
import type { ColumnTypes, Step } from './steps.ts'
import type { Tables } from './tables.ts'

/**
 * Forward only: a released step is never edited, a new one is added below. The place of a step is
 * its version.
 */
export const MIGRATIONS: readonly Step[] = [
  ({ bytes }) => [
    `create table profile (
      sha256 text not null primary key, id text not null, version text not null,
      body text not null, added_ms bigint not null)`,
    `create table record (
      site text not null, agent text not null, boot text not null, sequence bigint not null,
      received_ms bigint not null, from_ms bigint not null, to_ms bigint not null,
      profile_sha256 text not null, payload_sha256 text not null,
      payload ${bytes} not null, frame text not null, frame_at integer not null,
      primary key (site, agent, boot, sequence))`,
    'create index record_by_time on record (site, to_ms)',
    `create table agent_state (
      site text not null, agent text not null, boot text not null, sequence bigint not null,
      fresh_ms bigint not null, last_received_ms bigint not null,
      primary key (site, agent))`,
    `create table agent_boot (
      site text not null, agent text not null, boot text not null,
      records bigint not null, max_sequence bigint not null,
      primary key (site, agent, boot))`,
  ],
  () => [
    `create table record_round (
      site text not null, agent text not null, boot text not null, sequence bigint not null,
      to_ms bigint not null,
      primary key (site, agent, boot, sequence))`,
    'create index record_round_by_time on record_round (site, to_ms)',
  ],
  accessStep,
  plansStep,
  ledgerStep,
  historyStep,
  // When the newest record with a round came from this agent: how other collectors learn of it.
  () => ['alter table agent_state add column round_ms bigint'],
  // Raw rows of times that a pin holds, as agents bring them.
  ({ bytes }) => [
    `create table raw_rows (
      site text not null, sha256 text not null, agent text not null,
      from_ms bigint not null, to_ms bigint not null, stored_ms bigint not null,
      body ${bytes} not null,
      primary key (site, sha256))`,
  ],
  ledgerPlacesStep,
  // What agents no longer have of the rows that a pin asks for.
  () => [
    `create table raw_rows_absent (
      site text not null, agent text not null, place integer not null, cause text not null,
      sha256 text not null, from_ms bigint not null, to_ms bigint not null,
      told_ms bigint not null,
      primary key (site, agent, place))`,
  ],
  // Records that carry runs are found as those with rounds are.
  () => [
    'alter table record_round add column carries text',
    "update record_round set carries = 'round'",
  ],
]

/** How long a collector waits while another one brings the same database up to date. */
const PATIENCE_MS = 120_000
/** How a user of PostgreSQL comes to what a collector needs. */
export const GRANT =
  'let the user of the URL own the database and its tables (ALTER DATABASE ... OWNER TO, REASSIGN OWNED BY)'

/** Somebody else made that table or took that version at the same moment. */
const TAKEN = /^(23505|42P07|42701|42710|XX000|SQLITE_CONSTRAINT.*)$/

/**
 * Brings the database to the newest version, one transaction per step; returns that version. Several
 * collectors may do so at once: each step begins by taking its version, which one of them gets, and
 * the others look again.
 *
 * @param upTo stop at this version (a test's older program)
 * @throws Fault STORE when the database was written by a newer program
 */
export async function migrate(
  db: Kysely<Tables>,
  types: ColumnTypes,
  nowMs: number,
  upTo = MIGRATIONS.length,
): Promise<number> {
  const raced = (error: unknown) =>
    isTransient(error) || (error instanceof Error && 'code' in error && TAKEN.test(`${error.code}`))
  const toText = (statement: string) => statement.replace(/\btext\b/g, types.text ?? 'text')
  const step = async () => {
    await sql
      .raw(
        toText(`create table if not exists schema_version (
        version integer not null primary key, applied_ms bigint not null)`),
      )
      .execute(db)
    const found = await schemaVersion(db)
    if (found > MIGRATIONS.length) throw newerDatabase(found)
    const version = found + 1
    const statements = MIGRATIONS[found]
    if (statements === undefined || version > upTo) return false
    await db.transaction().execute(async (tx) => {
      await tx.insertInto('schema_version').values({ version, applied_ms: nowMs }).execute()
      for (const statement of statements(types)) await sql.raw(toText(statement)).execute(tx)
    })
    return true
  }
  try {
    while (await retrying(step, PATIENCE_MS, raced));
  } catch (error) {
    throw notAllowed(error) ?? error
  }
  return Math.min(upTo, MIGRATIONS.length)
}

/** PostgreSQL's 42501, from a user who may sign in and no more; null: it is something else. */
function notAllowed(error: unknown): Fault | null {
  if (!(error instanceof Error && 'code' in error && error.code === '42501')) return null
  const wanted = 'the right to make tables and to write all of them'
  return new Fault('STORE', 'database schema', wanted, error.message, GRANT)
}

function newerDatabase(found: number): Fault {
  return new Fault(
    'STORE',
    'database schema',
    `version ${MIGRATIONS.length} or older`,
    `version ${found}`,
    'run the newer voip-ready that wrote it; there is no way back',
  )
}

/** Version that the database is at; 0 when it is empty. */
export async function schemaVersion(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom('schema_version')
    .select((e) => e.fn.max('version').as('version'))
    .executeTakeFirst()
  return row?.version ?? 0
}
