import { type Kysely, sql } from 'kysely'
import { openCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import {
  appendLeaf,
  EMPTY_RANGE,
  HASH_OCTETS,
  type Range,
  rangeRoot,
} from '../../../shared/evidence/merkle.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { sameOctets } from '../../../shared/evidence/octets.ts'
import { vkeyOf } from '../../../shared/evidence/vkey.ts'
import { newestCheckpoint } from '../ledger/checkpoints.ts'
import { allLogs, type LogHead } from '../ledger/head.ts'
import type { Tables } from '../tables.ts'
import { pagesOf } from './rows.ts'
import type { TableShape } from './shapes.ts'

export interface CheckedLog {
  readonly origin: string
  readonly size: number
  /** Root hash at that size, hexadecimal. */
  readonly root: string
}

/** Columns in the order that they are read in: 256 leaf hashes a tile. */
const LEAVES: TableShape = {
  name: 'ledger_tile',
  columns: [
    { name: 'log_id', kind: 'text' },
    { name: 'level', kind: 'integer' },
    { name: 'idx', kind: 'integer' },
    { name: 'hashes', kind: 'bytes' },
  ],
  key: ['log_id', 'level', 'idx'],
}

/**
 * Adds up every log from its leaves anew and holds it against its head and its newest checkpoint,
 * whose signature is verified.
 * @throws Error with what differs, in words
 */
export async function checkLogs(db: Kysely<Tables>): Promise<CheckedLog[]> {
  const checked: CheckedLog[] = []
  for (const head of await allLogs(db)) checked.push(await checkLog(db, head))
  return checked
}

async function checkLog(db: Kysely<Tables>, head: LogHead): Promise<CheckedLog> {
  const { logId, origin, signer, range: wanted } = head
  const newest = await newestCheckpoint(db, logId)
  const key = vkeyOf(nodeCrypto, { name: origin, publicKey: Buffer.from(signer, 'hex') })
  const opened = newest === null ? null : openCheckpoint(nodeCrypto, newest.note, [key])
  if (opened?.ok === false)
    throw new Error(`log ${origin}: its checkpoint is not signed by its key`)
  const published = opened?.value.checkpoint ?? null
  let range: Range = EMPTY_RANGE
  let root: Uint8Array | null = null
  for await (const leaf of leavesOf(db, logId)) {
    if (range.size === published?.size) root = rangeRoot(nodeCrypto, range)
    range = appendLeaf(nodeCrypto, range, leaf)
  }
  const whole = rangeRoot(nodeCrypto, range)
  if (range.size === published?.size) root = whole
  if (range.size !== wanted.size || !sameOctets(whole, rangeRoot(nodeCrypto, wanted))) {
    throw new Error(
      `log ${origin}: its ${range.size} leaves are not those of its head (${wanted.size})`,
    )
  }
  if (published !== null && (root === null || !sameOctets(root, published.root))) {
    throw new Error(
      `log ${origin}: its leaves are not those of its checkpoint at ${published.size}`,
    )
  }
  return { origin, size: range.size, root: Buffer.from(whole).toString('hex') }
}

async function* leavesOf(db: Kysely<Tables>, logId: string): AsyncGenerator<Uint8Array> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ledger_tile where log_id = ${logId} and level = 0`.execute(db)
  let next = 0
  for await (const page of pagesOf(db, LEAVES)) {
    for (const [log, level, idx, hashes] of page) {
      if (log !== logId || level !== 0 || !(hashes instanceof Uint8Array)) continue
      if (idx !== next) throw new Error(`log ${logId}: tile ${next} is missing`)
      next += 1
      for (let at = 0; at < hashes.length; at += HASH_OCTETS) {
        yield hashes.subarray(at, at + HASH_OCTETS)
      }
    }
  }
  if (next !== rows[0]?.n) throw new Error(`log ${logId}: tiles are missing`)
}
