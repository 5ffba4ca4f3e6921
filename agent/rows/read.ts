import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { unpackRawRows } from '../../shared/measure/raw-rows-pack.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import {
  type AbsenceNote,
  FRAME_HEADER,
  isAbsence,
  lengthsOf,
  MOST_RAW,
  type RowsNote,
} from './frame.ts'
import type { Span } from './pin-file.ts'
import { type Framed, frameAgain, segmentsIn, spanOf, walk } from './segments.ts'

/** A window's rows in the ring: what its note says, and where the rows stand. */
export interface KeptRows {
  readonly note: RowsNote
  readonly place: Framed
}

/** What the ring holds of a time, and what it says that it lost of it. */
export interface Found {
  /** In the order of their windows. */
  readonly kept: readonly KeptRows[]
  readonly absent: readonly AbsenceNote[]
  /** Segments that end in the middle of a window. */
  readonly torn: readonly string[]
  /** Rows from before this are no longer here; null: nothing is. */
  readonly since: number | null
}

/** Looks through a ring's folder, which an agent or reflector may be writing to meanwhile. */
export function findRows(folder: string, time: Span): Found {
  const all = segmentsIn(folder)
  const found = { kept: [] as KeptRows[], absent: [] as AbsenceNote[], torn: [] as string[] }
  for (const segment of all) {
    const span = spanOf(segment)
    if (span.from >= time.to || span.to <= time.from) continue
    const walking = walk(folder, segment.name)
    let step = next(walking)
    for (; step !== null && step.done !== true; step = next(walking)) {
      const { note } = step.value
      if (note.from >= time.to || Math.max(note.to, note.from + 1) <= time.from) continue
      if (isAbsence(note)) found.absent.push(note)
      else found.kept.push({ note, place: step.value })
    }
    if (step?.value.torn) found.torn.push(join(folder, segment.name))
  }
  found.kept.sort((a, b) => a.note.from - b.note.from)
  return { ...found, since: all[0]?.startMs ?? null }
}

/** The oldest segment may go while it is walked through. */
function next(walking: ReturnType<typeof walk>) {
  try {
    return walking.next()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Deflated and packed, as they stand on the disk; null: gone or damaged. */
export function storedBody(folder: string, place: Framed): Buffer | null {
  const frame = frameAgain(folder, place)
  const lengths = frame === null ? null : lengthsOf(frame)
  return frame === null || lengths === null
    ? null
    : frame.subarray(FRAME_HEADER + lengths.note, lengths.frame)
}

/** The raw rows of a window, held against the digest in their note. */
export function readRows(
  folder: string,
  { note, place }: KeptRows,
): Result<Uint8Array<ArrayBuffer>, 'gone' | 'damaged'> {
  const body = storedBody(folder, place)
  if (body === null) return refuse('gone')
  try {
    const rows = unpackRawRows(inflateSync(body, { maxOutputLength: MOST_RAW }))
    if (rows === null) return refuse('damaged')
    const sha256 = Buffer.from(nodeCrypto.sha256(rows)).toString('hex')
    return sha256 === note.sha256 ? ok(rows) : refuse('damaged')
  } catch {
    return refuse('damaged')
  }
}
