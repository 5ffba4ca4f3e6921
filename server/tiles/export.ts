import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import { parseCheckpoint } from '../../shared/evidence/checkpoint.ts'
import { parseNote } from '../../shared/evidence/note.ts'
import {
  entryBundle,
  TILE_WIDTH,
  type TileName,
  tilePath,
  tilesOf,
  tilesOfLevel,
} from '../../shared/evidence/tile-path.ts'
import type { LedgerBook } from '../store/ledger/book.ts'

export interface Exported {
  readonly origin: string
  readonly size: number
  /** Files that were written now; those that were there and cannot change are left. */
  readonly written: number
  /** Bundles of entries that are no longer kept whole. */
  readonly pruned: number
}

/** Between two words about how far it is. */
const TELL_EVERY = 100

/**
 * Writes the log as files that any web server can serve as a tiled log (C2SP tlog-tiles): tiles,
 * entries and the newest checkpoint, which comes last. Again into the same folder it adds what is new.
 *
 * @throws Fault USAGE when the folder holds another log, STORE when nothing was signed or the disk fails
 */
export async function exportTiles(
  book: LedgerBook,
  folder: string,
  onProgress: (done: number) => void,
): Promise<Exported> {
  const log = await book.newestLog()
  const checkpoint = log === null ? null : await book.newestCheckpoint(log.logId)
  if (log === null || checkpoint === null) {
    throw new Fault('STORE', 'ledger', 'a signed checkpoint', 'none', 'start the collector once')
  }
  makeFolder(folder, 0o777)
  refuseAnother(folder, log.origin, checkpoint.size)
  const { size } = checkpoint
  let written = 0
  let pruned = 0
  const put = (name: TileName, octets: Uint8Array) => {
    write(join(folder, tilePath(name)), octets)
    written += 1
    if (written % TELL_EVERY === 0) onProgress(written)
  }
  for (const name of tilesOf(size)) {
    if (isThere(folder, name)) continue
    const place = { level: Number(name.level), idx: name.index }
    const hashes = await book.tile(log.logId, place, name.width * 32)
    if (hashes === null) throw new Fault('STORE', tilePath(name), 'a tile of the log', 'none')
    put(name, hashes)
  }
  for (const name of tilesOfLevel('entries', size)) {
    if (isThere(folder, name)) continue
    const from = name.index * TILE_WIDTH
    const bodies = await book.leaves(log.logId, from, from + name.width)
    if (bodies === null) pruned += 1
    else put(name, entryBundle(bodies))
  }
  write(join(folder, 'checkpoint'), Buffer.from(checkpoint.note))
  return { origin: log.origin, size, written, pruned }
}

function refuseAnother(folder: string, origin: string, size: number): void {
  const file = join(folder, 'checkpoint')
  if (!existsSync(file)) return
  const note = parseNote(readFileSync(file, 'utf8'))
  const there = note.ok ? parseCheckpoint(note.value.text) : null
  const wanted = `a folder for ${origin}`
  if (!there?.ok) throw new Fault('USAGE', file, wanted, 'no checkpoint', 'name another folder')
  const { origin: found, size: leaves } = there.value
  if (found !== origin) throw new Fault('USAGE', file, wanted, found, 'name another folder')
  if (leaves <= size) return
  const repair = 'this database is older than what was exported: see collector ledger recover'
  throw new Fault('USAGE', file, `at most ${size} leaves`, `${leaves}`, repair)
}

/** A full tile never changes. */
function isThere(folder: string, name: TileName): boolean {
  const file = join(folder, tilePath(name))
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return false
  return name.width === TILE_WIDTH
}

function write(file: string, octets: Uint8Array): void {
  makeFolder(dirname(file), 0o777)
  try {
    writeDurably(dirname(file), basename(file), octets)
  } catch (error) {
    throw new Fault('STORE', file, 'a folder that can be written', (error as Error).message)
  }
}
