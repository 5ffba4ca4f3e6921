import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { fastify } from 'fastify'
import { preAuthEncoding } from '../../../shared/evidence/dsse.ts'
import { RECORD_PAYLOAD_TYPE } from '../../../shared/record/record.ts'
import { agentOf } from './fleet.ts'

/**
 * The least that anybody could do: fastify, JSON.parse, Ed25519 in the thread pool, and one insert a
 * record in a group commit of better-sqlite3 (FULL). No schema, no double keys, no repeats told, no
 * ledger, no history, no newest state: a floor, not a rival.
 */
const [directory = '.', agents = '0'] = process.argv.slice(2)
const keys = new Map<string, KeyObject>()
for (let n = 0; n < Number(agents); n += 1) {
  const { keyId, privateKey } = agentOf(n)
  keys.set(keyId, createPublicKey(privateKey))
}
const db = new Sqlite(join(directory, 'peer.sqlite'))
db.pragma('journal_mode = wal')
db.pragma('synchronous = full')
db.exec(`create table record (site text, agent text, boot text, sequence integer, digest text,
  body blob, primary key (site, agent, boot, sequence))`)
const insert = db.prepare('insert or ignore into record values (?, ?, ?, ?, ?, ?)')
const begin = db.prepare('begin')
const end = db.prepare('commit')

type Row = readonly [string, string, string, number, string, Buffer]
let queue: { readonly row: Row; readonly done: () => void }[] = []
let armed = false

function commit(): void {
  armed = false
  const group = queue
  queue = []
  begin.run()
  for (const { row } of group) insert.run(...row)
  end.run()
  for (const { done } of group) done()
}

function store(row: Row): Promise<void> {
  return new Promise((done) => {
    queue.push({ row, done })
    if (!armed) setTimeout(commit, 3)
    armed = true
  })
}

interface Sent {
  readonly payload: string
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

async function take(text: string): Promise<string> {
  const { payload, signatures } = JSON.parse(text) as Sent
  const bytes = Buffer.from(payload, 'base64')
  const { site, agent, boot, sequence } = JSON.parse(bytes.toString()) as Record<string, string>
  const [first] = signatures
  const key = keys.get(first?.keyid ?? '')
  const message = preAuthEncoding(RECORD_PAYLOAD_TYPE, bytes)
  const signature = Buffer.from(first?.sig ?? '', 'base64')
  const good = await new Promise((resolve) => {
    if (key === undefined) resolve(false)
    else verify(null, message, key, signature, (_error, fits) => resolve(fits))
  })
  if (good !== true) throw new Error('not signed')
  const digest = createHash('sha256').update(bytes).digest('hex')
  const name = [site, agent, boot].map(String) as [string, string, string]
  await store([...name, Number(sequence), digest, bytes])
  return 'stored'
}

const app = fastify({ bodyLimit: 8 * 1024 * 1024 })
app.removeAllContentTypeParsers()
const raw = { parseAs: 'buffer' } as const
app.addContentTypeParser('*', raw, (_request, body, done) => done(null, body))
app.post('/api/v1/records', async (request) => {
  const body = request.body as Buffer
  const packed = request.headers['content-encoding'] === 'gzip'
  if (!packed) return { outcome: await take(body.toString()) }
  const lines = gunzipSync(body).toString().split('\n').filter(Boolean)
  return { results: await Promise.all(lines.map(async (line) => ({ outcome: await take(line) }))) }
})
console.log(`listening at ${await app.listen({ host: '127.0.0.1', port: 0 })}`)
