import { inflateRawSync } from 'node:zlib'
import type { Kysely } from 'kysely'
import { appendRows } from './append.ts'
import { schemaVersion } from './migrations.ts'
import type {
  AgentState,
  AppendOutcome,
  BootState,
  RecordRow,
  StoredProfile,
  StoredRecord,
} from './store.ts'
import { LONGEST_WINDOW_MS } from './store.ts'
import type { RecordTable, Tables } from './tables.ts'

/** The store's work over any Kysely dialect; what opens the database adds health and close. */
export interface Repository {
  append(rows: readonly RecordRow[]): Promise<readonly AppendOutcome[]>
  newest(): Promise<readonly AgentState[]>
  boots(): Promise<readonly BootState[]>
  between(site: string, fromMs: number, toMs: number, limit: number): Promise<StoredRecord[]>
  rounds(site: string, afterMs: number, untilMs: number, limit: number): Promise<StoredRecord[]>
  envelope(site: string, agent: string, boot: string, sequence: number): Promise<Uint8Array | null>
  putProfile(profile: StoredProfile): Promise<void>
  profiles(): Promise<readonly StoredProfile[]>
  schemaVersion(): Promise<number>
}

const STORED = [
  'record.site',
  'record.agent',
  'record.boot',
  'record.sequence',
  'record.received_ms',
  'record.from_ms',
  'record.to_ms',
  'record.profile_sha256',
  'record.payload_sha256',
  'record.payload',
] as const

/** Binds the queries to one database handle. */
export function repository(db: Kysely<Tables>): Repository {
  return {
    append: (rows) => appendRows(db, rows),
    newest: () => newest(db),
    boots: () => boots(db),
    between: (site, fromMs, toMs, limit) => between(db, { site, fromMs, toMs, limit }),
    rounds: (site, fromMs, toMs, limit) => rounds(db, { site, fromMs, toMs, limit }),
    envelope: (site, agent, boot, sequence) => envelope(db, { site, agent, boot, sequence }),
    putProfile: (profile) => putProfile(db, profile),
    profiles: () => profiles(db),
    schemaVersion: () => schemaVersion(db),
  }
}

async function newest(db: Kysely<Tables>): Promise<AgentState[]> {
  const rows = await db
    .selectFrom('agent_state')
    .innerJoin('record', (join) =>
      join
        .onRef('record.site', '=', 'agent_state.site')
        .onRef('record.agent', '=', 'agent_state.agent')
        .onRef('record.boot', '=', 'agent_state.boot')
        .onRef('record.sequence', '=', 'agent_state.sequence'),
    )
    .select([...STORED, 'agent_state.last_received_ms'])
    .orderBy('agent_state.site')
    .orderBy('agent_state.agent')
    .execute()
  return rows.map((row) => ({ newest: toStored(row), lastReceivedMs: row.last_received_ms }))
}

async function boots(db: Kysely<Tables>): Promise<BootState[]> {
  const rows = await db.selectFrom('agent_boot').selectAll().execute()
  return rows.map((row) => ({
    site: row.site,
    agent: row.agent,
    boot: row.boot,
    records: row.records,
    maxSequence: row.max_sequence,
  }))
}

interface Period {
  readonly site: string
  readonly fromMs: number
  readonly toMs: number
  readonly limit: number
}

/** No window is longer than LONGEST_WINDOW_MS, so the index on the window's end bounds both sides. */
async function between(db: Kysely<Tables>, period: Period): Promise<StoredRecord[]> {
  const rows = await db
    .selectFrom('record')
    .select(STORED)
    .where('site', '=', period.site)
    .where('to_ms', '>', period.fromMs)
    .where('to_ms', '<', period.toMs + LONGEST_WINDOW_MS)
    .where('from_ms', '<', period.toMs)
    .orderBy('to_ms')
    .orderBy('agent')
    .orderBy('boot')
    .orderBy('sequence')
    .limit(period.limit)
    .execute()
  return rows.map(toStored)
}

async function rounds(db: Kysely<Tables>, period: Period): Promise<StoredRecord[]> {
  const rows = await db
    .selectFrom('record_round')
    .innerJoin('record', (join) =>
      join
        .onRef('record.site', '=', 'record_round.site')
        .onRef('record.agent', '=', 'record_round.agent')
        .onRef('record.boot', '=', 'record_round.boot')
        .onRef('record.sequence', '=', 'record_round.sequence'),
    )
    .select(STORED)
    .where('record_round.site', '=', period.site)
    .where('record_round.to_ms', '>', period.fromMs)
    .where('record_round.to_ms', '<=', period.toMs)
    .orderBy('record_round.to_ms', 'desc')
    .limit(period.limit)
    .execute()
  return rows.map(toStored)
}

async function envelope(
  db: Kysely<Tables>,
  key: Pick<RecordTable, 'site' | 'agent' | 'boot' | 'sequence'>,
): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom('record')
    .select(['payload', 'frame', 'frame_at'])
    .where('site', '=', key.site)
    .where('agent', '=', key.agent)
    .where('boot', '=', key.boot)
    .where('sequence', '=', key.sequence)
    .executeTakeFirst()
  if (row === undefined) return null
  const payload = inflateRawSync(row.payload).toString('base64')
  return Buffer.from(row.frame.slice(0, row.frame_at) + payload + row.frame.slice(row.frame_at))
}

async function putProfile(db: Kysely<Tables>, profile: StoredProfile): Promise<void> {
  const { sha256, id, version, body, addedMs } = profile
  await db
    .insertInto('profile')
    .values({ sha256, id, version, body, added_ms: addedMs })
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .execute()
}

async function profiles(db: Kysely<Tables>): Promise<StoredProfile[]> {
  const rows = await db.selectFrom('profile').selectAll().orderBy('id').orderBy('version').execute()
  return rows.map(({ added_ms, ...rest }) => ({ ...rest, addedMs: added_ms }))
}

function toStored(row: Omit<RecordTable, 'frame' | 'frame_at'>): StoredRecord {
  return {
    site: row.site,
    agent: row.agent,
    boot: row.boot,
    sequence: row.sequence,
    receivedMs: row.received_ms,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    profileSha256: row.profile_sha256,
    payloadSha256: row.payload_sha256,
    payload: new Uint8Array(inflateRawSync(row.payload)),
  }
}
