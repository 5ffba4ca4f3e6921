import type { Kysely } from 'kysely'
import { partsBetween } from '../../../shared/evidence/bundle-tree.ts'
import {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  rangeNodes,
  rootAt,
  type Sha256,
} from '../../../shared/evidence/merkle.ts'
import { LONGEST_WINDOW_MS } from '../record-row.ts'
import type { Tables } from '../tables.ts'
import { nodesFrom, readTiles } from './log-tiles.ts'

/** Where a leaf stands. */
export interface Place {
  readonly logId: string
  readonly index: number
}

/** A record's name, and where it stands. */
export interface PlacedRecord extends Place {
  readonly agent: string
  readonly boot: string
  readonly sequence: number
}

/** Root hash of the first `size` leaves. @throws Error when the log has not got that many */
export async function rootOfLog(
  crypto: Sha256,
  db: Kysely<Tables>,
  logId: string,
  size: number,
): Promise<Uint8Array> {
  return rootAt(crypto, await nodesFrom(crypto, db, logId, rangeNodes(size)), size)
}

/** Consistency proof between two sizes. @throws RangeError unless 1 <= from <= to */
export async function consistencyOf(
  crypto: Sha256,
  db: Kysely<Tables>,
  logId: string,
  from: number,
  to: number,
): Promise<Uint8Array[]> {
  const nodes = await nodesFrom(crypto, db, logId, consistencyNodes(from, to))
  return consistencyProof(crypto, nodes, from, to)
}

/** Inclusion proof of a leaf under a size. @throws RangeError when it is not among that many */
export async function inclusionOf(
  crypto: Sha256,
  db: Kysely<Tables>,
  logId: string,
  index: number,
  size: number,
): Promise<Uint8Array[]> {
  const nodes = await nodesFrom(crypto, db, logId, inclusionNodes(index, size))
  return inclusionProof(crypto, nodes, index, size)
}

/** The roots of the perfect parts of [from, to), as a bundle has them in place of these leaves. */
export async function partsOfLog(
  crypto: Sha256,
  db: Kysely<Tables>,
  logId: string,
  from: number,
  to: number,
): Promise<Uint8Array[]> {
  const parts = partsBetween(from, to)
  const nodes = await nodesFrom(crypto, db, logId, parts)
  return parts.map(nodes)
}

/** The first `width` hashes of a tile; null when it has not got that many. */
export async function tileHashes(
  db: Kysely<Tables>,
  logId: string,
  place: { readonly level: number; readonly idx: number },
  octets: number,
): Promise<Uint8Array | null> {
  const tiles = await readTiles(db, logId, [place])
  const hashes = tiles.get(`${place.level}/${place.idx}`)
  return hashes === undefined || hashes.length < octets ? null : hashes.subarray(0, octets)
}

/** Where a record stands; null while it waits, and for one that is not here. */
export async function placeOf(
  db: Kysely<Tables>,
  key: Pick<Tables['ledger_record'], 'site' | 'agent' | 'boot' | 'sequence'>,
): Promise<Place | null> {
  const row = await db
    .selectFrom('ledger_record')
    .select(['log_id', 'idx'])
    .where('site', '=', key.site)
    .where('agent', '=', key.agent)
    .where('boot', '=', key.boot)
    .where('sequence', '=', key.sequence)
    .executeTakeFirst()
  return row === undefined ? null : { logId: row.log_id, index: row.idx }
}

/**
 * Where the records of a site stand whose windows touch [fromMs, toMs), in the order of the log, at
 * most `limit` (which then are those of the earliest windows).
 */
export async function placesOf(
  db: Kysely<Tables>,
  site: string,
  period: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
): Promise<PlacedRecord[]> {
  const rows = await recordsWithPlaces(db, site)
    .where('record.to_ms', '>', period.fromMs)
    .where('record.to_ms', '<', period.toMs + LONGEST_WINDOW_MS)
    .where('record.from_ms', '<', period.toMs)
    .orderBy('record.to_ms')
    .orderBy('ledger_record.idx')
    .limit(period.limit)
    .execute()
  return rows
    .map(toPlacedRecord)
    .sort((a, b) => Number(a.logId) - Number(b.logId) || a.index - b.index)
}

/** A site's records that stand in a log, and where: who asks says which. */
export function recordsWithPlaces(db: Kysely<Tables>, site: string) {
  return db
    .selectFrom('record')
    .innerJoin('ledger_record', (join) =>
      join
        .onRef('ledger_record.site', '=', 'record.site')
        .onRef('ledger_record.agent', '=', 'record.agent')
        .onRef('ledger_record.boot', '=', 'record.boot')
        .onRef('ledger_record.sequence', '=', 'record.sequence'),
    )
    .select(['record.agent', 'record.boot', 'record.sequence'])
    .select(['ledger_record.log_id', 'ledger_record.idx'])
    .where('record.site', '=', site)
}

type PlacedRow = Pick<Tables['ledger_record'], 'agent' | 'boot' | 'sequence' | 'log_id' | 'idx'>

export function toPlacedRecord({ log_id, idx, ...name }: PlacedRow): PlacedRecord {
  return { ...name, logId: log_id, index: idx }
}
