import type { Kysely } from 'kysely'
import {
  HASH_OCTETS,
  type NodeAt,
  type NodeSource,
  rootOf,
  type Sha256,
} from '../../../shared/evidence/merkle.ts'
import type { Tables } from '../tables.ts'

/** A tile holds 256 hashes: the roots of as many perfect parts of eight levels below. */
export const TILE_WIDTH = 256
const TILE_LEVELS = 8
/** No log has more levels of tiles: 256^7 is beyond what a number counts exactly. */
const MOST_LEVELS = 7

export interface Tile {
  readonly level: number
  readonly idx: number
  readonly hashes: Uint8Array
}

type Place = Pick<Tile, 'level' | 'idx'>

/** The tiles that grow: those that the next leaves of a log of `size` leaves go to. */
function growing(size: number): Place[] {
  const places: Place[] = []
  for (let level = 0; level < MOST_LEVELS; level += 1) {
    const count = Math.floor(size / TILE_WIDTH ** level)
    places.push({ level, idx: Math.floor(count / TILE_WIDTH) })
    if (count === 0) break
  }
  return places
}

/**
 * What a log's tiles become by more leaves: every tile that changes, whole. A tile that is full gives
 * its root to the tile above.
 */
export async function growTiles(
  crypto: Sha256,
  db: Kysely<Tables>,
  logId: string,
  size: number,
  leaves: readonly Uint8Array[],
): Promise<Tile[]> {
  const partial = await readTiles(db, logId, growing(size))
  const changed: Tile[] = []
  let come = leaves
  for (let level = 0; come.length > 0; level += 1) {
    const count = Math.floor(size / TILE_WIDTH ** level)
    const first = Math.floor(count / TILE_WIDTH)
    const old = count % TILE_WIDTH === 0 ? undefined : partial.get(keyOf({ level, idx: first }))
    const hashes = [...split(old ?? new Uint8Array()), ...come]
    if (hashes.length - come.length !== count % TILE_WIDTH) throw missing({ level, idx: first })
    const full: Uint8Array[] = []
    for (let at = 0; at < hashes.length; at += TILE_WIDTH) {
      const part = hashes.slice(at, at + TILE_WIDTH)
      changed.push({ level, idx: first + at / TILE_WIDTH, hashes: Buffer.concat(part) })
      if (part.length === TILE_WIDTH) full.push(rootOf(crypto, part))
    }
    come = full
  }
  return changed
}

/** Puts tiles in place of what they grew from. */
export async function writeTiles(
  db: Kysely<Tables>,
  logId: string,
  tiles: readonly Tile[],
): Promise<void> {
  await db
    .insertInto('ledger_tile')
    .values(tiles.map(({ level, idx, hashes }) => ({ log_id: logId, level, idx, hashes })))
    .onConflict((on) =>
      on
        .columns(['log_id', 'level', 'idx'])
        .doUpdateSet(({ ref }) => ({ hashes: ref('excluded.hashes') })),
    )
    .execute()
}

/** Hashes of tiles by their place; those that are not there are left out. */
export async function readTiles(
  db: Kysely<Tables>,
  logId: string,
  places: readonly Place[],
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  const levels = new Map<number, Set<number>>()
  for (const { level, idx } of places) {
    levels.set(level, (levels.get(level) ?? new Set()).add(idx))
  }
  for (const [level, idxs] of levels) {
    const rows = await db
      .selectFrom('ledger_tile')
      .select(['idx', 'hashes'])
      .where('log_id', '=', logId)
      .where('level', '=', level)
      .where('idx', 'in', [...idxs])
      .execute()
    for (const { idx, hashes } of rows) found.set(keyOf({ level, idx }), hashes)
  }
  return found
}

/** Reads what these nodes are made from, and gives them. @throws Error when a tile is not there */
export async function nodesFrom(
  crypto: Sha256,
  db: Kysely<Tables>,
  logId: string,
  nodes: readonly NodeAt[],
): Promise<NodeSource> {
  const tiles = await readTiles(db, logId, nodes.map(placeOf))
  return (node) => {
    const place = placeOf(node)
    const width = 2 ** (node.level % TILE_LEVELS)
    const from = (node.index * width) % TILE_WIDTH
    const hashes = split(tiles.get(keyOf(place)) ?? new Uint8Array()).slice(from, from + width)
    if (hashes.length < width) throw missing(place)
    return rootOf(crypto, hashes)
  }
}

function placeOf({ level, index }: NodeAt): Place {
  const width = 2 ** (level % TILE_LEVELS)
  return { level: Math.floor(level / TILE_LEVELS), idx: Math.floor((index * width) / TILE_WIDTH) }
}

function keyOf({ level, idx }: Place): string {
  return `${level}/${idx}`
}

function missing({ level, idx }: Place): Error {
  return new Error(`ledger: tile ${idx} of level ${level} is missing or too short`)
}

function split(hashes: Uint8Array): Uint8Array[] {
  return Array.from({ length: hashes.length / HASH_OCTETS }, (_, at) =>
    hashes.subarray(at * HASH_OCTETS, (at + 1) * HASH_OCTETS),
  )
}
