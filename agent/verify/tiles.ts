import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../shared/errors.ts'
import { openCheckpoint } from '../../shared/evidence/checkpoint.ts'
import type { Shown } from '../../shared/evidence/compare-heads.ts'
import {
  appendLeaf,
  EMPTY_RANGE,
  HASH_OCTETS,
  type NodeAt,
  rangeRoot,
  rootAt,
} from '../../shared/evidence/merkle.ts'
import { sameOctets } from '../../shared/evidence/octets.ts'
import { TILE_WIDTH, tilePath } from '../../shared/evidence/tile-path.ts'
import type { Vkey } from '../../shared/evidence/vkey.ts'
import { nodeTools } from '../../shared/opening/tools.ts'

/** Levels of hashes in a tile. */
const TILE_HEIGHT = 8

/**
 * A copy of a whole log as a folder of tiles (C2SP tlog-tiles, as `collector ledger export-tiles` and
 * any mirror write it), held against its own checkpoint.
 * @throws Fault STORE for what cannot be read, CONFIG_VALUE for what is not the log of these keys
 */
export function openTiles(folder: string, logKeys: readonly Vkey[]): Shown {
  const note = read(join(folder, 'checkpoint')).toString('utf8')
  const opened = openCheckpoint(nodeTools, note, logKeys)
  if (!opened.ok) {
    const wanted = 'a checkpoint that a key of --log-key signed'
    throw new Fault('CONFIG_VALUE', join(folder, 'checkpoint'), wanted, opened.error)
  }
  const { origin, size, root } = opened.value.checkpoint
  const nodes = (node: NodeAt) => hashOf(folder, size, node)
  const own = rootAt(nodeTools, nodes, size)
  if (!sameOctets(own, root)) {
    const repair = 'mirror the log anew into an empty folder'
    throw new Fault('CONFIG_VALUE', folder, 'tiles of its checkpoint', 'another root', repair)
  }
  return {
    ...{ origin, heads: [{ size, root, note }] },
    rootAt: (at) => (at <= size ? rootAt(nodeTools, nodes, at) : undefined),
  }
}

/** The hash of a perfect part, from the tile that holds those below it. */
function hashOf(folder: string, size: number, { level, index }: NodeAt): Uint8Array {
  const tileLevel = Math.floor(level / TILE_HEIGHT)
  const span = 2 ** (level % TILE_HEIGHT)
  const first = index * span
  const at = Math.floor(first / TILE_WIDTH)
  const count = Math.floor(size / 2 ** (tileLevel * TILE_HEIGHT))
  const width = Math.min(TILE_WIDTH, count - at * TILE_WIDTH)
  const path = join(folder, tilePath({ level: tileLevel, index: at, width }))
  const octets = read(path)
  if (octets.length !== width * HASH_OCTETS) {
    throw new Fault('CONFIG_VALUE', path, `${width} hashes`, `${octets.length} octets`)
  }
  let range = EMPTY_RANGE
  for (let one = first % TILE_WIDTH; range.size < span; one += 1) {
    const from = one * HASH_OCTETS
    range = appendLeaf(nodeTools, range, octets.subarray(from, from + HASH_OCTETS))
  }
  return rangeRoot(nodeTools, range)
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const repair = 'voip-ready collector ledger export-tiles DIR writes them all'
    throw new Fault('STORE', path, 'a file of a tiled log', (error as Error).message, repair)
  }
}
