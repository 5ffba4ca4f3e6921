import type { Kysely } from 'kysely'
import { MAX_PERIOD_RECORDS, MAX_ROUND_RECORDS } from '../../shared/verdict/period.ts'
import { LONGEST_VALIDITY_MS } from '../../shared/verdict/rounds.ts'
import { MAX_RUN_RECORDS, RUN_HOLDS_MS } from '../../shared/verdict/runs.ts'
import { fixedStatement } from './bulk.ts'
import { carriedOf } from './carried.ts'
import { LONGEST_WINDOW_MS } from './record-row.ts'
import type { Grounds, SitePeriod, StoredRecord } from './store.ts'
import { STORED, toStored } from './stored.ts'
import type { RecordTable, Tables } from './tables.ts'

interface Bounded extends SitePeriod {
  /** No window is longer than LONGEST_WINDOW_MS, so the index on the window's end bounds both sides. */
  readonly latestMs: number
  readonly limit: number
}

type Columns<K extends keyof RecordTable> = Pick<RecordTable, K>

/** Records of a site whose window touches the period, oldest first. */
export async function between(
  db: Kysely<Tables>,
  period: SitePeriod & { readonly limit: number },
): Promise<StoredRecord[]> {
  const { rows } = await wholeRecords(db, bounded(period))
  return rows.map(toStored)
}

/** What each of these periods is judged on, read one after the other. */
export async function groundsOf(
  db: Kysely<Tables>,
  periods: readonly SitePeriod[],
): Promise<Grounds[]> {
  const found: Grounds[] = []
  for (const { site, fromMs, toMs } of periods) {
    const limit = MAX_PERIOD_RECORDS + 1
    const { rows } = await payloads(db, bounded({ site, fromMs, toMs, limit }))
    const held = (holdsMs: number, most: number) => ({
      ...{ site, fromMs: toMs - holdsMs, toMs, limit: most },
    })
    found.push({
      records: sideBySide(rows),
      rounds: await carriedOf(db, 'round', held(LONGEST_VALIDITY_MS, MAX_ROUND_RECORDS)),
      runs: await carriedOf(db, 'run', held(RUN_HOLDS_MS, MAX_RUN_RECORDS)),
    })
  }
  return found
}

/** Records with their octets side by side: they pass between threads as one piece. */
function sideBySide(rows: readonly Columns<'profile_sha256' | 'payload'>[]): Grounds['records'] {
  const octets = new Uint8Array(rows.reduce((sum, { payload }) => sum + payload.length, 0))
  let end = 0
  return rows.map(({ profile_sha256: profileSha256, payload }) => {
    octets.set(payload, end)
    end += payload.length
    return { profileSha256, packed: octets.subarray(end - payload.length, end) }
  })
}

function bounded(period: SitePeriod & { readonly limit: number }): Bounded {
  const { site, fromMs, toMs, limit } = period
  return { site, fromMs, toMs, limit, latestMs: toMs + LONGEST_WINDOW_MS }
}

const wholeRecords = fixedStatement<Bounded, Omit<RecordTable, 'frame' | 'frame_at'>>(
  (db, period) => touching(db, period).select(STORED).compile(),
)

const payloads = fixedStatement<Bounded, Columns<'profile_sha256' | 'payload'>>((db, period) =>
  touching(db, period).select(['profile_sha256', 'payload']).compile(),
)

function touching(db: Kysely<Tables>, { site, fromMs, toMs, latestMs, limit }: Bounded) {
  return db
    .selectFrom('record')
    .where('site', '=', site)
    .where('to_ms', '>', fromMs)
    .where('to_ms', '<', latestMs)
    .where('from_ms', '<', toMs)
    .orderBy('to_ms')
    .orderBy('agent')
    .orderBy('boot')
    .orderBy('sequence')
    .limit(limit)
}
