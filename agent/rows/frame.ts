import { crc32 } from 'node:zlib'

/**
 * A segment of the ring is its first eight octets and then frames, one for each window:
 *
 *  0 'VRFR' | 4 octets of the note, 32 | 8 octets of the body, 32 | 12 CRC-32 of 4-11, note and body |
 * 16 the note: JSON | the body: raw rows, packed and deflated; none where the note tells an absence
 *
 * A frame that was torn by a crash or a full disk shows: by its length, or by its check value.
 */
export const SEGMENT_START = Buffer.from('VRRING01', 'latin1')
export const FRAME_HEADER = 16
const FRAME = 0x56524652
const MOST_NOTE = 4096
/** A window of raw rows at most, unpacked: some ninety calls. */
export const MOST_RAW = 16 * 2 ** 20
const MOST_BODY = MOST_RAW + 2 ** 16

/** What stands before a window's raw rows. Times are milliseconds since 1970. */
export interface RowsNote {
  readonly side: 'agent' | 'reflector'
  readonly from: number
  readonly to: number
  readonly sha256: string
  readonly rows: number
  /** Octets, unpacked. */
  readonly octets: number
  /** An agent's: which stream. */
  readonly site?: string
  readonly agent?: string
  readonly farEnd?: 'primary' | 'secondary'
  readonly segment?: string
  /** A reflector's: whose session. */
  readonly reflector?: string
  readonly session?: string
  readonly key?: string
}

export type AbsenceCause = 'queue-full' | 'disk-full' | 'disk-error' | 'ring-full'

/** Windows whose rows were made and not kept. */
export interface AbsenceNote {
  readonly absent: AbsenceCause
  readonly windows: number
  readonly from: number
  readonly to: number
}

export type Note = RowsNote | AbsenceNote

export function isAbsence(note: Note): note is AbsenceNote {
  return 'absent' in note
}

export function frameOf(note: Note, body: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(note))
  const frame = Buffer.alloc(FRAME_HEADER + text.length + body.length)
  frame.writeUInt32BE(FRAME, 0)
  frame.writeUInt32BE(text.length, 4)
  frame.writeUInt32BE(body.length, 8)
  frame.set(text, FRAME_HEADER)
  frame.set(body, FRAME_HEADER + text.length)
  frame.writeUInt32BE(checkOf(frame), 12)
  return frame
}

/** Lengths that a frame's header states; null when this is no header. */
export function lengthsOf(
  header: Buffer,
): { readonly note: number; readonly body: number; readonly frame: number } | null {
  if (header.length < FRAME_HEADER || header.readUInt32BE(0) !== FRAME) return null
  const [note, body] = [header.readUInt32BE(4), header.readUInt32BE(8)]
  if (note === 0 || note > MOST_NOTE || body > MOST_BODY) return null
  return { note, body, frame: FRAME_HEADER + note + body }
}

/** Whether a whole frame is as it was written. */
export function isIntact(frame: Buffer): boolean {
  return frame.readUInt32BE(12) === checkOf(frame)
}

/** The note of a frame; null when it is none. */
export function noteOf(text: Buffer): Note | null {
  try {
    const note = JSON.parse(text.toString('utf8')) as Note
    const times = Number.isFinite(note?.from) && Number.isFinite(note?.to)
    return times && ('absent' in note || /^[0-9a-f]{64}$/.test(note.sha256)) ? note : null
  } catch {
    return null
  }
}

function checkOf(frame: Buffer): number {
  return crc32(frame.subarray(FRAME_HEADER), crc32(frame.subarray(4, 12)))
}
