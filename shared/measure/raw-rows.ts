import type { StreamRows } from './rows.ts'

/**
 * The raw rows of a window as octets, so that two parties make the same digest of the same minute.
 * Big endian. A stamp is seconds since 1970 (32 bits) and nanoseconds (32 bits); unknown: all ones.
 *
 * file:   0 'VRROWS01' | 8 side: 1 agent, 2 reflector | 9 octets of a row | 10 streams, 16 | 12 zero, 32
 * stream: 0 stream, 16 | 2 zero, 16 | 4 first sequence, 32 | 8 rows, 32 | 12 the rows
 * row of an agent (68):
 *   0 sequence, 32 | 4 due | 12 sent | 20 reached the reflector, by its clock | 28 returned |
 *  36 dwell, ns, 32 | 40 reply sequence, 32 | 44 order of return, 32 (all ones: unknown, none) |
 *  48 TOS out | 49 TTL out | 50 TOS back | 51 TTL back |
 *  52 duplicates out, 16 | 54 duplicates back, 16 | 56 flags: 1 2 4 8 these four octets seen | 57 zero, 24 |
 *  60 sent, as the packet says
 * row of a reflector (28):
 *   0 sequence, 32 | 4 sent, as the packet says | 12 arrived | 20 order of arrival, 32 |
 *  24 TOS | 25 TTL | 26 flags: 1 arrived, 2 TOS seen, 4 TTL seen | 27 zero
 */
export const AGENT_ROW = 68
export const REFLECTOR_ROW = 28
export const MAGIC = [0x56, 0x52, 0x52, 0x4f, 0x57, 0x53, 0x30, 0x31]
export const FILE_HEADER = 16
export const STREAM_HEADER = 12
export const UNKNOWN = 0xffffffff

/** What a reflector keeps of one stream's range; NaN and -1 stand for "did not arrive, not seen". */
export interface ArrivalRows {
  readonly baseSeconds: number
  readonly stream: number
  readonly firstSequence: number
  readonly count: number
  readonly sentNs: Float64Array
  readonly arrivedNs: Float64Array
  /** Order of first arrivals of the stream in its session. */
  readonly order: Float64Array
  readonly tos: Int16Array
  readonly ttl: Int16Array
}

/** The rows of an agent's window, one stream after the other in the order of its calls. */
export function encodeAgentRows(streams: readonly StreamRows[]): Uint8Array<ArrayBuffer> {
  const bytes = fileOf(1, AGENT_ROW, streams)
  const view = new DataView(bytes.buffer)
  let at = FILE_HEADER
  for (const [stream, rows] of streams.entries()) {
    at = writeStream(view, at, stream, rows.firstSequence, rows.count)
    for (let i = 0; i < rows.count; i++, at += AGENT_ROW) writeAgentRow(view, at, rows, i)
  }
  return bytes
}

/** The rows of a reflector over the ranges of one statement. */
export function encodeArrivalRows(streams: readonly ArrivalRows[]): Uint8Array<ArrayBuffer> {
  const bytes = fileOf(2, REFLECTOR_ROW, streams)
  const view = new DataView(bytes.buffer)
  let at = FILE_HEADER
  for (const rows of streams) {
    at = writeStream(view, at, rows.stream, rows.firstSequence, rows.count)
    for (let i = 0; i < rows.count; i++, at += REFLECTOR_ROW) writeArrivalRow(view, at, rows, i)
  }
  return bytes
}

function fileOf(
  side: number,
  rowBytes: number,
  streams: readonly { readonly count: number }[],
): Uint8Array<ArrayBuffer> {
  const rows = streams.reduce((sum, { count }) => sum + count, 0)
  const bytes = new Uint8Array(FILE_HEADER + streams.length * STREAM_HEADER + rows * rowBytes)
  bytes.set(MAGIC)
  bytes[8] = side
  bytes[9] = rowBytes
  new DataView(bytes.buffer).setUint16(10, streams.length)
  return bytes
}

function writeStream(
  view: DataView,
  at: number,
  stream: number,
  first: number,
  count: number,
): number {
  view.setUint16(at, stream)
  view.setUint32(at + 4, first)
  view.setUint32(at + 8, count)
  return at + STREAM_HEADER
}

function writeAgentRow(view: DataView, at: number, rows: StreamRows, i: number): void {
  const of = (values: ArrayLike<number>): number => values[i] ?? Number.NaN
  view.setUint32(at, (rows.firstSequence + i) >>> 0)
  writeStamp(view, at + 4, rows.baseSeconds, of(rows.dueNs))
  writeStamp(view, at + 12, rows.baseSeconds, of(rows.sentNs))
  writeStamp(view, at + 20, rows.baseSeconds, of(rows.reachedNs))
  writeStamp(view, at + 28, rows.baseSeconds, of(rows.returnedNs))
  const dwell = Math.round(of(rows.dwellNs))
  view.setUint32(at + 36, dwell >= 0 && dwell < UNKNOWN ? dwell : UNKNOWN)
  view.setUint32(at + 40, of(rows.replySequence) >>> 0)
  view.setUint32(at + 44, of(rows.arrivalOrder) >>> 0)
  let flags = 0
  const seen = [rows.tosOut, rows.ttlOut, rows.tosBack, rows.ttlBack]
  for (const [place, values] of seen.entries()) {
    const value = of(values)
    if (value < 0) continue
    view.setUint8(at + 48 + place, value)
    flags |= 1 << place
  }
  view.setUint16(at + 52, of(rows.duplicatesOut))
  view.setUint16(at + 54, of(rows.duplicatesBack))
  view.setUint8(at + 56, flags)
  writeStamp(view, at + 60, rows.baseSeconds, of(rows.stampedNs))
}

function writeArrivalRow(view: DataView, at: number, rows: ArrivalRows, i: number): void {
  const of = (values: ArrayLike<number>): number => values[i] ?? Number.NaN
  view.setUint32(at, (rows.firstSequence + i) >>> 0)
  writeStamp(view, at + 4, rows.baseSeconds, of(rows.sentNs))
  writeStamp(view, at + 12, rows.baseSeconds, of(rows.arrivedNs))
  const arrived = !Number.isNaN(of(rows.arrivedNs))
  view.setUint32(at + 20, arrived ? of(rows.order) >>> 0 : UNKNOWN)
  if (!arrived) return
  const [tos, ttl] = [of(rows.tos), of(rows.ttl)]
  view.setUint8(at + 24, Math.max(0, tos))
  view.setUint8(at + 25, Math.max(0, ttl))
  view.setUint8(at + 26, 1 | (tos < 0 ? 0 : 2) | (ttl < 0 ? 0 : 4))
}

function writeStamp(view: DataView, at: number, baseSeconds: number, ns: number): void {
  const whole = Math.floor(ns / 1e9)
  const seconds = baseSeconds + whole
  let rest = Math.round(ns - whole * 1e9)
  const carry = rest >= 1e9 ? 1 : 0
  rest -= carry * 1e9
  const known = seconds + carry >= 0 && seconds + carry < UNKNOWN
  view.setUint32(at, known ? seconds + carry : UNKNOWN)
  view.setUint32(at + 4, known ? rest : UNKNOWN)
}

/** How many octets encodeAgentRows makes of so many rows: what is too much to keep is known before. */
export function agentRowsLength(streams: readonly { readonly count: number }[]): number {
  const rows = streams.reduce((sum, { count }) => sum + count, 0)
  return FILE_HEADER + streams.length * STREAM_HEADER + rows * AGENT_ROW
}
