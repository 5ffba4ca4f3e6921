import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import pg from 'pg'
import { agentOf, RecordMaker, type Size } from './fleet.ts'

const ROWS = 20_000
const ROWS_PER_INSERT = 200
const COLUMNS = 6

/**
 * How many records a second a bare multi-row insert of the same bytes, packed alike, puts into one
 * table of PostgreSQL over one connection, each statement a durable commit.
 */
export async function insertRate(url: string, size: Size): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`create table record (site text, agent text, boot text, sequence bigint,
      digest text, body bytea, primary key (site, agent, boot, sequence))`)
    const envelope = new RecordMaker(size, 'a'.repeat(64), Date.now(), 0).envelope(agentOf(0), 1)
    const body = deflateRawSync(envelope, { level: 1 })
    const digest = createHash('sha256').update(envelope).digest('hex')
    const began = performance.now()
    for (let at = 0; at < ROWS; at += ROWS_PER_INSERT) {
      const values: unknown[] = []
      const marks: string[] = []
      for (let n = at; n < at + ROWS_PER_INSERT; n += 1) {
        const base = values.length
        values.push(`site-${n % 1000}`, `site-${n % 1000}-1`, digest.slice(0, 36), n, digest, body)
        const row = Array.from({ length: COLUMNS }, (_, column) => `$${base + column + 1}`)
        marks.push(`(${row.join(',')})`)
      }
      await client.query(`insert into record values ${marks.join(',')}`, values)
    }
    return (1000 * ROWS) / (performance.now() - began)
  } finally {
    await client.end()
  }
}
