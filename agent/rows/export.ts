import { renameSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Fault } from '../../shared/errors.ts'
import { BUNDLE_GZIP } from '../../shared/evidence/bundle.ts'
import { toBase64 } from '../../shared/evidence/octets.ts'
import { ROWS_FORMAT, rowsFileText } from '../../shared/evidence/rows-file.ts'
import { packRawRows } from '../../shared/measure/raw-rows-pack.ts'
import type { Span } from './pin-file.ts'
import { type Found, type KeptRows, readRows } from './read.ts'

/** Octets of a file that is written at once: a month of one call, and some. */
const MOST_OCTETS = 1_500_000_000

export interface Exported {
  readonly windows: number
  readonly octets: number
  /** Windows that stand in the ring and cannot be read. */
  readonly damaged: readonly KeptRows[]
}

/**
 * Writes the rows found as one file, whole or not at all.
 * @throws Fault STORE when it cannot be written, USAGE when that is more than one file holds
 */
export function exportRows(
  folder: string,
  found: Found,
  time: Span,
  side: 'agent' | 'reflector',
  out: string,
): Exported {
  const damaged: KeptRows[] = []
  const lines = found.kept.flatMap((kept) => {
    const rows = readRows(folder, kept)
    const packed = rows.ok ? packRawRows(rows.value) : null
    if (packed !== null)
      return [{ kind: 'rows' as const, sha256: kept.note.sha256, bytes: toBase64(packed) }]
    damaged.push(kept)
    return []
  })
  const octets = lines.reduce((sum, { bytes }) => sum + bytes.length, 0)
  if (octets > MOST_OCTETS)
    throw new Fault('USAGE', '--from, --to', 'a shorter time', `${octets} octets`)
  const absent = [
    ...found.absent.map(({ absent: cause, windows, from, to }) => ({ cause, windows, from, to })),
    ...damaged.map(({ note: { from, to } }) => ({ cause: 'damaged', windows: 1, from, to })),
  ]
  const { since } = found
  const head = { format: ROWS_FORMAT, side, ...time, since, windows: lines.length, absent } as const
  const text = Buffer.from([...rowsFileText(head, lines)].join(''))
  const file = gzipSync(text, BUNDLE_GZIP)
  try {
    writeFileSync(`${out}.part`, file)
    renameSync(`${out}.part`, out)
  } catch (error) {
    throw new Fault('STORE', out, 'a file that can be written', (error as Error).message)
  }
  return { windows: lines.length, octets: file.length, damaged }
}
