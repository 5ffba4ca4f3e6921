import {
  AGENT_ROW,
  type ArrivalRows,
  FILE_HEADER,
  MAGIC,
  REFLECTOR_ROW,
  STREAM_HEADER,
  UNKNOWN,
} from './raw-rows.ts'
import { emptyRows, type StreamRows } from './rows.ts'

export interface RawStream {
  readonly stream: number
  readonly firstSequence: number
  readonly count: number
  /** Offset of its first row. */
  readonly at: number
}

export interface RawRowsShape {
  readonly side: 'agent' | 'reflector'
  readonly rowBytes: number
  readonly streams: readonly RawStream[]
}

/**
 * What a file of raw rows holds; null unless its length is exactly what its headers say. Rows of other
 * builds may be longer or shorter than ours: these are described, and not decoded.
 */
export function describeRawRows(bytes: Uint8Array): RawRowsShape | null {
  if (bytes.length < FILE_HEADER || MAGIC.some((octet, i) => bytes[i] !== octet)) return null
  const view = viewOf(bytes)
  const rowBytes = bytes[9]!
  if ((bytes[8] !== 1 && bytes[8] !== 2) || rowBytes === 0 || rowBytes % 4 !== 0) return null
  const streams: RawStream[] = []
  let at = FILE_HEADER
  for (let left = view.getUint16(10); left > 0; left--) {
    if (at + STREAM_HEADER > bytes.length) return null
    const count = view.getUint32(at + 8)
    const [stream, firstSequence] = [view.getUint16(at), view.getUint32(at + 4)]
    at += STREAM_HEADER
    streams.push({ stream, firstSequence, count, at })
    at += count * rowBytes
  }
  const side = bytes[8] === 1 ? 'agent' : 'reflector'
  return at === bytes.length ? { side, rowBytes, streams } : null
}

/**
 * The rows of an agent as every measure reads them; null when these are none. Whole nanoseconds, and
 * counted from a day that follows from the octets alone: whoever measures them gets the same figures.
 */
export function decodeAgentRows(bytes: Uint8Array): StreamRows[] | null {
  const shape = describeRawRows(bytes)
  if (shape?.side !== 'agent' || shape.rowBytes !== AGENT_ROW) return null
  const view = viewOf(bytes)
  const baseSeconds = baseOf(view, shape, [4, 12, 20, 28, 60])
  return shape.streams.map(({ firstSequence, count, at }) => {
    const rows = emptyRows(baseSeconds, firstSequence, count)
    for (let i = 0; i < count; i++) readAgentRow(view, at + i * AGENT_ROW, rows, i)
    return rows
  })
}

/** The rows of a reflector's statement; null when these are none. */
export function decodeArrivalRows(bytes: Uint8Array): ArrivalRows[] | null {
  const shape = describeRawRows(bytes)
  if (shape?.side !== 'reflector' || shape.rowBytes !== REFLECTOR_ROW) return null
  const view = viewOf(bytes)
  const baseSeconds = baseOf(view, shape, [12, 4])
  return shape.streams.map(({ stream, firstSequence, count, at }) => {
    const rows = {
      ...{ baseSeconds, stream, firstSequence, count },
      sentNs: new Float64Array(count),
      arrivedNs: new Float64Array(count),
      order: new Float64Array(count),
      tos: new Int16Array(count),
      ttl: new Int16Array(count),
    }
    for (let i = 0; i < count; i++) readArrivalRow(view, at + i * REFLECTOR_ROW, rows, i)
    return rows
  })
}

function readAgentRow(view: DataView, at: number, rows: StreamRows, i: number): void {
  rows.dueNs[i] = readStamp(view, at + 4, rows.baseSeconds)
  rows.sentNs[i] = readStamp(view, at + 12, rows.baseSeconds)
  rows.reachedNs[i] = readStamp(view, at + 20, rows.baseSeconds)
  rows.returnedNs[i] = readStamp(view, at + 28, rows.baseSeconds)
  const dwell = view.getUint32(at + 36)
  rows.dwellNs[i] = dwell === UNKNOWN ? Number.NaN : dwell
  rows.replySequence[i] = view.getInt32(at + 40)
  rows.arrivalOrder[i] = view.getInt32(at + 44)
  const flags = view.getUint8(at + 56)
  const octet = (place: number) => (flags & (1 << place) ? view.getUint8(at + 48 + place) : -1)
  rows.tosOut[i] = octet(0)
  rows.ttlOut[i] = octet(1)
  rows.tosBack[i] = octet(2)
  rows.ttlBack[i] = octet(3)
  rows.duplicatesOut[i] = view.getUint16(at + 52)
  rows.duplicatesBack[i] = view.getUint16(at + 54)
  rows.stampedNs[i] = readStamp(view, at + 60, rows.baseSeconds)
}

function readArrivalRow(view: DataView, at: number, rows: ArrivalRows, i: number): void {
  rows.sentNs[i] = readStamp(view, at + 4, rows.baseSeconds)
  rows.arrivedNs[i] = readStamp(view, at + 12, rows.baseSeconds)
  const order = view.getUint32(at + 20)
  rows.order[i] = order === UNKNOWN ? -1 : order
  const flags = view.getUint8(at + 26)
  rows.tos[i] = flags & 2 ? view.getUint8(at + 24) : -1
  rows.ttl[i] = flags & 4 ? view.getUint8(at + 25) : -1
}

function readStamp(view: DataView, at: number, baseSeconds: number): number {
  const seconds = view.getUint32(at)
  return seconds === UNKNOWN ? Number.NaN : (seconds - baseSeconds) * 1e9 + view.getUint32(at + 4)
}

/** The UTC day of the first stamp that is known, in seconds since 1970. */
function baseOf(view: DataView, shape: RawRowsShape, stamps: readonly number[]): number {
  for (const { count, at } of shape.streams)
    for (let i = 0; i < count; i++)
      for (const place of stamps) {
        const seconds = view.getUint32(at + i * shape.rowBytes + place)
        if (seconds !== UNKNOWN) return seconds - (seconds % 86_400)
      }
  return 0
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
