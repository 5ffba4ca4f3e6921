import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { join } from 'node:path'
import { INTERVAL_MS } from '../../shared/clock.ts'
import { FRAME_HEADER, isIntact, lengthsOf, type Note, noteOf, SEGMENT_START } from './frame.ts'

/** A file of the ring: `<number>-<start of its quarter hour>.rows`; numbers only grow. */
export interface Segment {
  readonly name: string
  readonly number: number
  readonly startMs: number
  readonly octets: number
}

/** A window closes and is kept some minutes after it ended, never before. */
const KEPT_WITHIN_MS = 10 * 60_000
const NAME = /^(\d{10})-(\d{1,16})\.rows$/

export function segmentName(number: number, startMs: number): string {
  return `${String(number).padStart(10, '0')}-${startMs}.rows`
}

/** The segments of a folder in the order in which they were written; none where there is no folder. */
export function segmentsIn(folder: string): Segment[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return names.sort().flatMap((name) => {
    const found = NAME.exec(name)
    const octets = found === null ? null : sizeOf(join(folder, name))
    if (found === null || octets === null) return []
    return { name, number: Number(found[1]), startMs: Number(found[2]), octets }
  })
}

/** The time whose windows a segment may hold. */
export function spanOf({ startMs }: Pick<Segment, 'startMs'>): {
  readonly from: number
  readonly to: number
} {
  return { from: startMs - KEPT_WITHIN_MS, to: startMs + INTERVAL_MS }
}

/** One frame and where its body stands. */
export interface Framed {
  readonly segment: string
  readonly note: Note
  readonly at: number
  readonly frame: number
  readonly body: number
}

/** What a walk through a segment ends with: its length, or where it was torn. */
export interface WalkEnd {
  readonly whole: number
  readonly torn: boolean
}

/**
 * The frames of a segment by their notes; bodies are not read unless `check`. Ends at the first frame
 * that is not whole.
 */
export function* walk(folder: string, segment: string, check = false): Generator<Framed, WalkEnd> {
  const file = openSync(join(folder, segment), 'r')
  try {
    const size = fstatSync(file).size
    if (!take(file, 0, SEGMENT_START.length)?.equals(SEGMENT_START))
      return { whole: 0, torn: size > 0 }
    let at = SEGMENT_START.length
    while (at < size) {
      const header = take(file, at, FRAME_HEADER)
      const lengths = header === null ? null : lengthsOf(header)
      if (lengths === null || at + lengths.frame > size) return { whole: at, torn: true }
      const read = take(file, at, check ? lengths.frame : FRAME_HEADER + lengths.note)
      const note = read && noteOf(read.subarray(FRAME_HEADER, FRAME_HEADER + lengths.note))
      if (!note || (check && !isIntact(read))) return { whole: at, torn: true }
      yield { segment, note, at, frame: lengths.frame, body: lengths.body }
      at += lengths.frame
    }
    return { whole: at, torn: false }
  } finally {
    closeSync(file)
  }
}

/** Cuts the segment that was being written back to its last whole window. */
export function mendNewest(folder: string): string[] {
  const newest = segmentsIn(folder).at(-1)
  if (newest === undefined) return []
  const walking = walk(folder, newest.name, true)
  let step = walking.next()
  while (step.done !== true) step = walking.next()
  if (!step.value.torn) return []
  truncateSync(join(folder, newest.name), step.value.whole)
  return [newest.name]
}

/** A whole frame, read again; null when it is gone or no longer what was written. */
export function frameAgain(folder: string, { segment, at, frame }: Framed): Buffer | null {
  let file: number
  try {
    file = openSync(join(folder, segment), 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const bytes = take(file, at, frame)
    return bytes !== null && isIntact(bytes) ? bytes : null
  } finally {
    closeSync(file)
  }
}

function take(file: number, at: number, length: number): Buffer | null {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const read = readSync(file, bytes, done, length - done, at + done)
    if (read === 0) return null
    done += read
  }
  return bytes
}

function sizeOf(path: string): number | null {
  try {
    return statSync(path).size
  } catch {
    return null
  }
}
