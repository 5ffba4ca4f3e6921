import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { appendLeaf, type Sha256 } from '../../../shared/evidence/merkle.ts'
import { bulkStatement } from '../bulk.ts'
import type { Tables } from '../tables.ts'
import { logHead, moveHead } from './head.ts'
import { type Lease, renewLease } from './lease.ts'
import { growTiles, writeTiles } from './log-tiles.ts'
import type { PendingTable } from './tables.ts'

/** Most leaves of one round: bounds the transaction that everybody else's writes wait for. */
export const MOST_LEAVES = 1000
const ROWS_PER_STATEMENT = 400

/** Records of one boot that came long after their windows. */
export interface LateRecords {
  readonly site: string
  readonly agent: string
  readonly boot: string
  readonly fromSequence: number
  readonly toSequence: number
  readonly lateMs: number
}

export type RoundOutcome =
  | { readonly outcome: 'fenced' }
  | {
      readonly outcome: 'sequenced'
      readonly leaves: number
      readonly size: number
      readonly late: readonly LateRecords[]
    }

type Pending = Selectable<PendingTable>

/**
 * Gives the oldest of what waits its place in the log: one transaction, which writes nothing when the
 * lease has changed hands or the head is not where it was read.
 */
export async function sequenceRound(
  crypto: Sha256,
  db: Kysely<Tables>,
  lease: Lease,
  logId: string,
  { untilMs, most = MOST_LEAVES }: { readonly untilMs: number; readonly most?: number },
): Promise<RoundOutcome> {
  return db.transaction().execute(async (tx) => {
    if (!(await renewLease(tx, lease, untilMs))) return { outcome: 'fenced' }
    const head = await logHead(tx, logId)
    if (head === null) throw new Error(`ledger: no log ${logId}`)
    const rows = await oldest(tx, most)
    const { size } = head.range
    if (rows.length === 0) return { outcome: 'sequenced', leaves: 0, size, late: [] }
    const leaves = rows.map(({ leaf }) => leaf)
    const range = leaves.reduce((grown, leaf) => appendLeaf(crypto, grown, leaf), head.range)
    if (!(await moveHead(tx, logId, size, range))) throw new Error('ledger: the head has moved')
    await writeTiles(tx, logId, await growTiles(crypto, tx, logId, size, leaves))
    await placeRecords(tx, logId, size, rows)
    await placeEntries(tx, logId, size, rows)
    await forget(tx, rows)
    return { outcome: 'sequenced', leaves: rows.length, size: range.size, late: lateOf(rows) }
  })
}

function oldest(tx: Transaction<Tables>, most: number): Promise<Pending[]> {
  return tx
    .selectFrom('ledger_pending')
    .selectAll()
    .orderBy('received_ms')
    .orderBy('turn')
    .orderBy('site')
    .orderBy('ref')
    .limit(most)
    .execute()
}

async function placeRecords(
  tx: Transaction<Tables>,
  logId: string,
  size: number,
  rows: readonly Pending[],
): Promise<void> {
  const places = rows.flatMap(({ site, ref, body }, at) =>
    body === null ? [{ site, ...partsOf(ref), log_id: logId, idx: size + at }] : [],
  )
  await insertPlaces.run(tx, places)
}

const insertPlaces = bulkStatement<Tables['ledger_record']>((db, rows) =>
  db
    .insertInto('ledger_record')
    .values([...rows])
    .compile(),
)

async function placeEntries(
  tx: Transaction<Tables>,
  logId: string,
  size: number,
  rows: readonly Pending[],
): Promise<void> {
  const entries = rows.flatMap(({ site, kind, about, received_ms, body }, at) =>
    body === null
      ? []
      : [{ log_id: logId, idx: size + at, kind, site, about, at_ms: received_ms, body }],
  )
  for (let at = 0; at < entries.length; at += ROWS_PER_STATEMENT) {
    await tx
      .insertInto('ledger_entry')
      .values(entries.slice(at, at + ROWS_PER_STATEMENT))
      .execute()
  }
}

/** By their keys: what came meanwhile, however it is dated, stays for the next round. */
async function forget(tx: Transaction<Tables>, rows: readonly Pending[]): Promise<void> {
  await deletePending.run(
    tx,
    rows.map(({ site, ref }) => ({ site, ref })),
  )
}

const deletePending = bulkStatement<Pick<Pending, 'site' | 'ref'>>((db, rows) => {
  const keys = rows.map(({ site, ref }) => sql`(${site}, ${ref})`)
  return sql`delete from ledger_pending where (site, ref) in (values ${sql.join(keys)})`.compile(db)
})

function lateOf(rows: readonly Pending[]): LateRecords[] {
  const found = new Map<string, LateRecords>()
  for (const { site, ref, late_ms } of rows) {
    if (late_ms > 0) mergeLate(found, { site, ...lateParts(ref), lateMs: late_ms })
  }
  return [...found.values()]
}

/** Adds late records to those of the same boot. */
export function mergeLate(found: Map<string, LateRecords>, late: LateRecords): void {
  const key = `${late.site}/${late.agent}/${late.boot}`
  const before = found.get(key) ?? late
  found.set(key, {
    ...late,
    fromSequence: Math.min(before.fromSequence, late.fromSequence),
    toSequence: Math.max(before.toSequence, late.toSequence),
    lateMs: Math.max(before.lateMs, late.lateMs),
  })
}

function lateParts(ref: string) {
  const { agent, boot, sequence } = partsOf(ref)
  return { agent, boot, fromSequence: sequence, toSequence: sequence }
}

function partsOf(ref: string) {
  const [agent = '', boot = '', sequence = ''] = ref.split('/')
  return { agent, boot, sequence: Number(sequence) }
}
