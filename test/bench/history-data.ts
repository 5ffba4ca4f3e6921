import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { packBody } from '../../server/history/body.ts'
import { parseEnvelope } from '../../server/ingest/parse.ts'
import { openSqliteStore } from '../../server/store/sqlite/open.ts'
import { mergeStreamObservations } from '../../shared/measure/merge.ts'
import { envelope, record } from '../server/support/fixtures.ts'
import { stream } from '../shared/verdict/scenes.ts'

export const QUARTER = 15 * 60_000
export const DAY = 96 * QUARTER

type Row = Record<string, string | number | null | Uint8Array>

/**
 * A collector's data directory with `sites` sites of one record each, the first of which, `leeds`, has
 * `days` days of history that end at `endMs`: a daily rhythm, some bad hours, some silence.
 */
export async function makeHistory(
  directory: string,
  of: { readonly days: number; readonly sites: number; readonly endMs: number },
  sha256: string,
): Promise<void> {
  const store = await openSqliteStore(directory, of.endMs)
  const rows = Array.from({ length: of.sites }, (_, n) => {
    const site = n === 0 ? 'leeds' : `site-${String(n).padStart(5, '0')}`
    const base = record(sha256, { site })
    const window = { from: of.endMs - 60_000, to: of.endMs, monotonicMs: 60_000 }
    const observations = base.observations.map((seen) => ({ ...seen, ...span(window) }))
    const parsed = parseEnvelope(Buffer.from(envelope({ ...base, window, observations })), of.endMs)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
    return parsed.value.row
  })
  for (let at = 0; at < rows.length; at += 500) await store.append(rows.slice(at, at + 500))
  await store.close()
  const db = new Sqlite(join(directory, 'collector.sqlite'))
  db.pragma('synchronous = off')
  db.transaction(() => fill(db, of.days, of.endMs))()
  db.close()
}

const span = ({ from, to }: { readonly from: number; readonly to: number }) => ({ from, to })

function fill(db: Sqlite.Database, days: number, endMs: number): void {
  const end = Math.floor(endMs / QUARTER) * QUARTER
  const body = packBody(mergeStreamObservations([stream({ from: end, to: end + 60_000 })]))
  const put = inserter(db)
  for (let at = end - days * DAY; at < end; at += QUARTER) {
    const now = weather(at)
    put('history_period', {
      ...{ from_ms: at, overall: now.overall, cause: now.silent ? 'site-silent' : 'none' },
      ...{ profile_sha256: 'a'.repeat(64), records: now.silent ? 0 : 15, left_out: 0 },
      ...{ findings_sha256: 'b'.repeat(64), told: 'c'.repeat(64) },
    })
    for (const end of ['primary', 'secondary']) put('history_interval', farEnd(end, at, body))
  }
  for (let day = Math.floor((end - days * DAY) / DAY) * DAY; day < end; day += DAY) {
    put('history_site_day', { from_ms: day, ready: 80, not_ready: 10, cannot_say: 6 })
    for (const end of ['primary', 'secondary']) put('history_day', farEnd(end, day, body))
  }
  fillRuns(put, end - days * DAY, end)
}

/** What a quarter hour was like, from its time alone. */
function weather(at: number) {
  const n = Math.floor(at / QUARTER)
  const bad = n % 391 < 9
  const silent = n % 577 < 5
  return { bad, silent, overall: silent ? 'CANNOT SAY' : bad ? 'NOT READY' : 'READY' }
}

function farEnd(name: string, at: number, body: Uint8Array): Row {
  const { bad, silent } = weather(at)
  const busy = 1 + Math.sin((at % DAY) / DAY / 0.159)
  const far = name === 'secondary' ? 14_000 : 0
  const noise = ((at / QUARTER) * 2_654_435_761) % 4000
  const us = (base: number) => (silent ? null : Math.round(base + noise))
  const packets = silent ? 0 : 45_000
  const gap = { from: at, to: at + QUARTER, cause: 'site-silent' }
  const [out, back] = [far + 21_000 + busy * 9000, far + 24_000 + busy * 7000]
  return {
    ...{ from_ms: at, far_end: name, segment: '', windows: silent ? 0 : 15 },
    ...{ sent_out: packets, lost_out: bad && !silent ? 900 : silent ? 0 : Math.round(noise / 200) },
    ...{ sent_back: packets, lost_back: silent ? 0 : Math.round(noise / 300), unattributed: 0 },
    ...{ delay_out_low_us: us(out - 3000), delay_out_high_us: us(out + 3000) },
    ...{ delay_back_low_us: us(back - 3000), delay_back_high_us: us(back + 3000) },
    ...{ jitter_out_us: us(bad ? 38_000 : 2000 * busy), jitter_back_us: us(3000 * busy) },
    ...{ seen_out: packets, marked_out: packets, seen_back: packets, marked_back: packets },
    ...{ gap_ms: silent ? QUARTER : 0, gaps: silent ? JSON.stringify([gap]) : '[]' },
    verdicts: silent ? 'iiiiiiii' : bad ? 'ppfpfppp' : 'pppppppp',
    body,
  }
}

function fillRuns(put: (table: string, row: Row) => void, from: number, to: number): void {
  const places = ['VRN-3', 'VRN-4', 'VRN-5', 'VRN-6'].flatMap((line) =>
    ['out', 'back'].flatMap((leg) => ['primary', 'secondary'].map((far) => ({ line, leg, far }))),
  )
  for (const { line, leg, far } of [...places, { line: 'overall', leg: 'none', far: 'none' }]) {
    const whole = line === 'overall'
    const mayFail = whole || (leg === 'out' && ['VRN-4', 'VRN-5'].includes(line))
    const add = (start: number, end: number, at: ReturnType<typeof weather>) => {
      const place = { line, leg, far_end: far, segment: '', from_ms: start, to_ms: end }
      put('history_verdict', { ...place, ...wordOf(at, whole, mayFail) })
    }
    let start = from
    for (let at = from + QUARTER; at <= to; at += QUARTER) {
      const before = weather(at - QUARTER)
      if (at < to && weather(at).overall === before.overall) continue
      add(start, at, before)
      start = at
    }
  }
}

function wordOf(at: ReturnType<typeof weather>, whole: boolean, mayFail: boolean) {
  if (whole) return { verdict: at.overall, reason: at.silent ? 'site-silent' : 'judged' }
  if (at.silent) return { verdict: 'inconclusive', reason: 'no-data' }
  return at.bad && mayFail
    ? { verdict: 'fail', reason: 'over-limit' }
    : { verdict: 'pass', reason: 'within-limit' }
}

function inserter(db: Sqlite.Database): (table: string, row: Row) => void {
  const statements = new Map<string, Sqlite.Statement>()
  return (table, row) => {
    const names = Object.keys(row)
    const known = statements.get(table)
    const marks = names.map((name) => `@${name}`)
    const text = `insert into ${table} (site, ${names.join()}) values ('leeds', ${marks.join()})`
    const statement = known ?? db.prepare(text)
    if (known === undefined) statements.set(table, statement)
    statement.run(row)
  }
}
