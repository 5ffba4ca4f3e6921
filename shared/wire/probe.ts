import type { Refusal } from '../errors.ts'
import { ok, type Result, refuse } from '../result.ts'
import { readNtp, writeNtp } from './ntp-time.ts'

/**
 * The first octets of our RTP payload; what follows is filler. Offsets are from the payload's start.
 *
 * Out (agent to reflector)              Back (reflector to agent), same size
 *  0 |    send time, NTP 64        |     0 |   receive time, NTP 64            |
 *  8 |    extended sequence, 32    |     8 |   extended sequence answered, 32  |
 * 12 |    cookie, 64               |    12 | TOS seen  | TTL seen | dwell, 16  |
 *    |                             |    16 |   cookie, 32                      |
 * 20 |    filler                   |    20 |   eight earlier dwells, 16 each   | G.711 size only
 *                                       36 |   filler                          |
 *
 * The dwell of reply r is known only when r has left, so the dwell in reply r is that of reply r-1
 * of its stream, and the eight behind it are those of r-2 ... r-9: microseconds, 0xFFFE saturated,
 * 0xFFFF not known. TTL 0 cannot arrive and means "not seen"; whether TOS is seen is said with accept.
 */
export const PROBE_BYTES = 20
export const EARLIER_DWELLS = 8
export const DWELL_UNKNOWN = 0xffff
export const DWELL_SATURATED = 0xfffe

export interface ProbeOut {
  /** Nanoseconds since the base handed to the codec. */
  readonly sentNs: number
  readonly sequence: number
  readonly cookieHigh: number
  readonly cookieLow: number
}

export interface ProbeBack {
  readonly receivedNs: number
  readonly sequence: number
  readonly tos: number
  readonly ttl: number
  /** Wire code of the previous reply's dwell, see {@link dwellNs}. */
  readonly dwell: number
  readonly cookie: number
}

/** True where the payload has room for the eight earlier dwells. */
export function carriesHistory(payloadBytes: number): boolean {
  return payloadBytes >= PROBE_BYTES + 2 * EARLIER_DWELLS
}

/** Wire code of a time inside the reflector; NaN and negative (a stepped clock) are "not known". */
export function dwellCode(ns: number): number {
  if (!(ns >= 0)) return DWELL_UNKNOWN
  return Math.min(Math.round(ns / 1000), DWELL_SATURATED)
}

/** Nanoseconds of a wire code; NaN for not known and for saturated (at least 65.534 ms). */
export function dwellNs(code: number): number {
  return code >= DWELL_SATURATED ? Number.NaN : code * 1000
}

export function writeProbeOut(
  view: DataView,
  offset: number,
  sentNs: number,
  baseSeconds: number,
  sequence: number,
  cookieHigh: number,
  cookieLow: number,
): void {
  writeNtp(view, offset, sentNs, baseSeconds)
  view.setUint32(offset + 8, sequence >>> 0)
  view.setUint32(offset + 12, cookieHigh)
  view.setUint32(offset + 16, cookieLow)
}

export function probeSequence(view: DataView, offset: number): number {
  return view.getUint32(offset + 8)
}

export function probeOutCookieIs(
  view: DataView,
  offset: number,
  high: number,
  low: number,
): boolean {
  return view.getUint32(offset + 12) === high && view.getUint32(offset + 16) === low
}

/** `tos` and `ttl` -1 = not seen; `dwell` is a wire code. */
export function writeProbeBack(
  view: DataView,
  offset: number,
  receivedNs: number,
  baseSeconds: number,
  sequence: number,
  tos: number,
  ttl: number,
  dwell: number,
  cookie: number,
): void {
  writeNtp(view, offset, receivedNs, baseSeconds)
  view.setUint32(offset + 8, sequence >>> 0)
  view.setUint8(offset + 12, Math.max(tos, 0))
  view.setUint8(offset + 13, Math.max(ttl, 0))
  view.setUint16(offset + 14, dwell)
  view.setUint32(offset + 16, cookie)
}

export function probeBackTos(view: DataView, offset: number): number {
  return view.getUint8(offset + 12)
}
/** -1 = not seen. */
export function probeBackTtl(view: DataView, offset: number): number {
  const ttl = view.getUint8(offset + 13)
  return ttl === 0 ? -1 : ttl
}
export function probeBackDwell(view: DataView, offset: number): number {
  return view.getUint16(offset + 14)
}
export function probeBackCookie(view: DataView, offset: number): number {
  return view.getUint32(offset + 16)
}

/** Dwell of reply r-2-i of a reply r that {@link carriesHistory}. */
export function earlierDwell(view: DataView, offset: number, i: number): number {
  return view.getUint16(offset + PROBE_BYTES + 2 * i)
}
export function writeEarlierDwell(view: DataView, offset: number, i: number, code: number): void {
  view.setUint16(offset + PROBE_BYTES + 2 * i, code)
}

/** Reads an outgoing probe payload whole; refuses fewer than twenty bytes. */
export function decodeProbeOut(bytes: Uint8Array, baseSeconds: number): Result<ProbeOut, Refusal> {
  if (bytes.length < PROBE_BYTES) return refuse({ code: 'truncated', offset: bytes.length })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return ok({
    sentNs: readNtp(view, 0, baseSeconds),
    sequence: probeSequence(view, 0),
    cookieHigh: view.getUint32(12),
    cookieLow: view.getUint32(16),
  })
}

/** Reads a returned probe payload whole; refuses fewer than twenty bytes. */
export function decodeProbeBack(
  bytes: Uint8Array,
  baseSeconds: number,
): Result<ProbeBack, Refusal> {
  if (bytes.length < PROBE_BYTES) return refuse({ code: 'truncated', offset: bytes.length })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return ok({
    receivedNs: readNtp(view, 0, baseSeconds),
    sequence: probeSequence(view, 0),
    tos: probeBackTos(view, 0),
    ttl: probeBackTtl(view, 0),
    dwell: probeBackDwell(view, 0),
    cookie: probeBackCookie(view, 0),
  })
}
