import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { loadProfile } from '../../../config/load.ts'
import { parseEnvelope } from '../../../server/ingest/parse.ts'
import { openLedger } from '../../../server/ledger/ledger.ts'
import { ledgerOptions } from '../../../server/ledger-settings.ts'
import type { PendingEntry } from '../../../server/store/ledger/entries.ts'
import type { RecordRow } from '../../../server/store/record-row.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { enrolAll } from '../ingest/collector.ts'
import { agentOf, RecordMaker } from '../ingest/fleet.ts'

const MINUTE = 60_000
const QUARTER = 15
/** Records of other sites stand between those of a site: hashes in its bundle. */
const OTHER = agentOf(1)

export interface Month {
  readonly site: string
  readonly fromMs: number
  readonly toMs: number
}

/**
 * A collector's data directory with so many minutes of one site as an agent really recorded them,
 * logged with a tick for each and a checkpoint every quarter hour, beside those of another site.
 */
export async function makeMonth(directory: string, minutes: number): Promise<Month> {
  const quarters = Math.ceil(minutes / QUARTER)
  const toMs = Math.floor(Date.now() / (QUARTER * MINUTE)) * QUARTER * MINUTE
  const fromMs = toMs - quarters * QUARTER * MINUTE
  const clock = { nowMs: fromMs }
  const store = await openSqliteStore(directory, clock.nowMs)
  await enrolAll(store, 2)
  const { sha256 } = await loadProfile('pureconnect-rcm')
  const maker = new RecordMaker('real', sha256, toMs, 1)
  const { site, ...rest } = agentOf(0)
  const options = ledgerOptions(directory, {})
  const parts = { store, nowMs: () => clock.nowMs, waiting: () => 0, onTrouble: () => {} }
  const ledger = await openLedger(options, parts)
  await ledger.turn()
  for (let endMs = fromMs + MINUTE; endMs <= toMs; endMs += QUARTER * MINUTE) {
    const rows: RecordRow[] = []
    const ticks: PendingEntry[] = []
    for (let n = 0; n < QUARTER; n += 1) {
      const minuteMs = endMs + n * MINUTE
      clock.nowMs = minuteMs + 1000
      const ago = (toMs - minuteMs) / MINUTE
      const made = [{ site, ...rest }, OTHER].map((one) => maker.envelope(one, ago, differing))
      rows.push(...made.map((one) => rowOf(one, clock.nowMs)))
      // The last one of a quarter hour is the ledger's own.
      const tick = () => ledger.journal.prepare({ kind: 'tick', waiting: 0, since: fromMs })
      if (n < QUARTER - 1) ticks.push(tick())
    }
    await store.append(rows)
    await store.ledger.addEntries(ticks)
    await ledger.turn()
  }
  clock.nowMs = Date.now()
  await ledger.turn()
  await ledger.stop()
  await store.close()
  noHistory(directory)
  return { site, fromMs, toMs }
}

/** No two minutes are alike: what is measured differs by some per cent, and signatures altogether. */
function differing(usual: AgentRecord): AgentRecord {
  const by = 0.9 + Math.random() / 5
  const text = JSON.stringify(usual, (name, value) => {
    if (name === 'sig') return randomBytes(64).toString('base64')
    if (typeof value !== 'number' || Number.isInteger(value)) return value
    return Number((value * by).toFixed(6))
  })
  return JSON.parse(text)
}

function rowOf(envelope: Buffer, nowMs: number) {
  const parsed = parseEnvelope(envelope, nowMs)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value.row
}

/** The collector would roll it all up as soon as it starts, and that is not what is measured. */
function noHistory(directory: string): void {
  const db = new Sqlite(join(directory, 'collector.sqlite'))
  db.exec('delete from history_dirty')
  db.close()
}
