import type { Kysely } from 'kysely'
import { appendRows } from './append.ts'
import { carriedBy, carriedOf } from './carried.ts'
import { between, groundsOf } from './grounds.ts'
import { schemaVersion } from './migrations.ts'
import { unpackPayload } from './packed.ts'
import type { RecordRow } from './record-row.ts'
import type {
  AgentKey,
  AgentMark,
  AgentState,
  AppendOutcome,
  BootState,
  Store,
  StoredProfile,
} from './store.ts'
import { STORED, toStored } from './stored.ts'
import type { RecordTable, Tables } from './tables.ts'

/** The store's work over any Kysely dialect; what opens the database adds health and close. */
export interface Repository
  extends Pick<
    Store,
    'agents' | 'between' | 'grounds' | 'rounds' | 'runs' | 'carried' | 'envelope'
  > {
  append(rows: readonly RecordRow[]): Promise<readonly AppendOutcome[]>
  newest(after?: AgentKey | null, limit?: number): Promise<readonly AgentState[]>
  boots(): Promise<readonly BootState[]>
  changed(sinceMs: number, limit: number): Promise<AgentMark[]>
  putProfile(profile: StoredProfile): Promise<void>
  profiles(): Promise<readonly StoredProfile[]>
  writable(): Promise<void>
  schemaVersion(): Promise<number>
}

/** Binds the queries to one database handle. */
export function repository(db: Kysely<Tables>): Repository {
  return {
    append: (rows) => appendRows(db, rows),
    newest: (after, limit) => newest(db, { after, limit }),
    boots: () => boots(db),
    changed: (sinceMs, limit) => changed(db, sinceMs, limit),
    agents: async (keys) => ({ states: await newest(db, { keys }), boots: await boots(db, keys) }),
    between: (site, fromMs, toMs, limit) => between(db, { site, fromMs, toMs, limit }),
    grounds: (periods) => groundsOf(db, periods),
    rounds: (site, fromMs, toMs, limit) => carriedOf(db, 'round', { site, fromMs, toMs, limit }),
    runs: (site, fromMs, toMs, limit) => carriedOf(db, 'run', { site, fromMs, toMs, limit }),
    carried: (carries, sites, period) => carriedBy(db, carries, sites, period),
    envelope: (site, agent, boot, sequence) => envelope(db, { site, agent, boot, sequence }),
    putProfile: (profile) => putProfile(db, profile),
    profiles: () => profiles(db),
    writable: () => writable(db),
    schemaVersion: () => schemaVersion(db),
  }
}

interface Asked {
  /** Left out: all agents. */
  readonly keys?: readonly AgentKey[]
  readonly after?: AgentKey | null | undefined
  readonly limit?: number | undefined
}

async function newest(
  db: Kysely<Tables>,
  { keys, after = null, limit }: Asked,
): Promise<AgentState[]> {
  if (keys?.length === 0) return []
  let query = db
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
  if (keys !== undefined) {
    query = query.where(({ and, eb, or }) =>
      or(
        keys.map(({ site, agent }) =>
          and([eb('agent_state.site', '=', site), eb('agent_state.agent', '=', agent)]),
        ),
      ),
    )
  }
  if (after !== null) {
    query = query.where(({ and, eb, or }) =>
      or([
        eb('agent_state.site', '>', after.site),
        and([eb('agent_state.site', '=', after.site), eb('agent_state.agent', '>', after.agent)]),
      ]),
    )
  }
  if (limit !== undefined) query = query.limit(limit)
  const rows = await query.execute()
  return rows.map((row) => ({ newest: toStored(row), lastReceivedMs: row.last_received_ms }))
}

async function boots(db: Kysely<Tables>, keys?: readonly AgentKey[]): Promise<BootState[]> {
  if (keys?.length === 0) return []
  let query = db.selectFrom('agent_boot').selectAll()
  if (keys !== undefined) {
    query = query.where(({ and, or }) => or(keys.map(({ site, agent }) => and({ site, agent }))))
  }
  const rows = await query.execute()
  return rows.map((row) => ({
    site: row.site,
    agent: row.agent,
    boot: row.boot,
    records: row.records,
    maxSequence: row.max_sequence,
  }))
}

async function changed(db: Kysely<Tables>, sinceMs: number, limit: number): Promise<AgentMark[]> {
  const rows = await db
    .selectFrom('agent_state')
    .selectAll()
    .where('last_received_ms', '>=', sinceMs)
    .orderBy('last_received_ms')
    .orderBy('site')
    .orderBy('agent')
    .limit(limit)
    .execute()
  return rows.map(({ site, agent, boot, sequence, ...row }) => ({
    ...{ site, agent, boot, sequence },
    lastReceivedMs: row.last_received_ms,
    roundMs: row.round_ms,
  }))
}

/** A real commit: a full disk, a read-only database or a lost one shows here as it would for records. */
async function writable(db: Kysely<Tables>): Promise<void> {
  await db
    .updateTable('schema_version')
    .set(({ ref }) => ({ applied_ms: ref('applied_ms') }))
    .where('version', '=', 1)
    .execute()
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
  const payload = unpackPayload(row.payload).toString('base64')
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
