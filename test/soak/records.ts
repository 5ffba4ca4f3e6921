import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEnvelope } from '../../agent/uplink/envelope.ts'
import { parseStored } from '../../server/ingest/parse.ts'
import { openSqliteStore } from '../../server/store/sqlite/open.ts'
import type { AgentRecord } from '../../shared/record/record.ts'

export interface AllRecords {
  /** In order of sequence. */
  readonly records: readonly AgentRecord[]
  /** Not yet delivered when the agent was stopped; they wait in its spool. */
  readonly waiting: number
  /** Sequence numbers below the highest that are nowhere, and minutes declared lost. */
  readonly lost: number
  readonly refused: number
}

/** Everything the stopped agent has recorded: what the collector has, and what waits in the spool. */
export async function readRecords(data: string, spool: string): Promise<AllRecords> {
  const store = await openSqliteStore(data, Date.now())
  const rows = await store.between('soak', 0, Date.now() + 86_400_000, 100_000)
  await store.close()
  const stored = rows.map((row) => parseStored(row))
  const pending = names(join(spool, 'pending')).map((name) => {
    const payload = openEnvelope(readFileSync(join(spool, 'pending', name)))
    if (!payload.ok) throw new Error(`${name}: ${payload.error}`)
    return parse(payload.value)
  })
  const bySequence = new Map([...stored, ...pending].map((one) => [one.sequence, one]))
  const records = [...bySequence.values()].sort((a, b) => a.sequence - b.sequence)
  const missing = (records.at(-1)?.sequence ?? 0) - records.length
  const declared = records.reduce((sum, { dropped }) => sum + (dropped?.windows ?? 0), 0)
  return {
    records,
    waiting: pending.length,
    lost: missing + declared,
    refused: names(join(spool, 'refused')).length,
  }
}

function names(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
}

function parse(payload: Uint8Array): AgentRecord {
  return JSON.parse(Buffer.from(payload).toString('utf8')) as AgentRecord
}
