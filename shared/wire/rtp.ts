import type { Refusal } from '../errors.ts'
import { ok, type Result, refuse } from '../result.ts'

/**
 * RTP data header, RFC 3550 section 5.1.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |                             SSRC                              |
 * |                     CSRC, CC times 32 bits                    |
 */
export interface RtpPacket {
  readonly marker: boolean
  readonly payloadType: number
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  /** Where the payload starts, from the start of the datagram, and its bytes less padding. */
  readonly payloadOffset: number
  readonly payloadLength: number
}

export const RTP_HEADER = 12
/** Static payload types of RFC 3551 table 4, and the bytes of 20 ms of each. */
export const CODECS = {
  g711: { payloadType: 0, payloadBytes: 160 },
  g729: { payloadType: 18, payloadBytes: 20 },
} as const
/** 20 ms at 8 kHz: both codecs count their timestamps so. */
export const TICKS_PER_FRAME = 160

/** The version bits of the first octet: 2 is RTP. */
export function rtpVersion(firstOctet: number): number {
  return firstOctet >> 6
}

/** Writes the twelve fixed octets: no padding, extension or CSRC. Numbers are taken modulo their width. */
export function writeRtp(
  view: DataView,
  offset: number,
  marker: boolean,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  view.setUint8(offset, 0x80)
  view.setUint8(offset + 1, (marker ? 0x80 : 0) | payloadType)
  view.setUint16(offset + 2, sequence & 0xffff)
  view.setUint32(offset + 4, timestamp >>> 0)
  view.setUint32(offset + 8, ssrc >>> 0)
}

export function rtpPayloadType(view: DataView, offset: number): number {
  return view.getUint8(offset + 1) & 0x7f
}
export function rtpSequence(view: DataView, offset: number): number {
  return view.getUint16(offset + 2)
}
export function rtpTimestamp(view: DataView, offset: number): number {
  return view.getUint32(offset + 4)
}
export function rtpSsrc(view: DataView, offset: number): number {
  return view.getUint32(offset + 8)
}

/** A whole header with fixed fields only, as bytes. */
export function encodeRtp(
  packet: Pick<RtpPacket, 'marker' | 'payloadType' | 'sequence' | 'timestamp' | 'ssrc'>,
): Uint8Array {
  const bytes = new Uint8Array(RTP_HEADER)
  writeRtp(
    new DataView(bytes.buffer),
    0,
    packet.marker,
    packet.payloadType,
    packet.sequence,
    packet.timestamp,
    packet.ssrc,
  )
  return bytes
}

/**
 * Reads any valid RTP header, CSRC list, extension and padding included. Refuses other versions
 * (`bad-version`), a header longer than the bytes (`truncated`) and padding longer than the payload.
 */
export function decodeRtp(bytes: Uint8Array): Result<RtpPacket, Refusal> {
  if (bytes.length === 0) return refuse({ code: 'truncated', offset: 0 })
  if (rtpVersion(bytes[0]!) !== 2) return refuse({ code: 'bad-version', offset: 0 })
  if (bytes.length < RTP_HEADER) return refuse({ code: 'truncated', offset: bytes.length })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const payloadOffset = headerEnd(view)
  if (payloadOffset > bytes.length) return refuse({ code: 'truncated', offset: bytes.length })
  const padding = bytes[0]! & 0x20 ? bytes[bytes.length - 1]! : 0
  const payloadLength = bytes.length - payloadOffset - padding
  if (payloadLength < 0 || (bytes[0]! & 0x20 && padding === 0))
    return refuse({ code: 'bad-value', offset: bytes.length - 1 })
  return ok({
    marker: view.getUint8(1) >= 0x80,
    payloadType: rtpPayloadType(view, 0),
    sequence: rtpSequence(view, 0),
    timestamp: rtpTimestamp(view, 0),
    ssrc: rtpSsrc(view, 0),
    payloadOffset,
    payloadLength,
  })
}

/** Section 5.3.1: an extension starts with a 16-bit profile field and its length in 32-bit words. */
function headerEnd(view: DataView): number {
  const fixed = RTP_HEADER + 4 * (view.getUint8(0) & 0x0f)
  if ((view.getUint8(0) & 0x10) === 0) return fixed
  if (fixed + 4 > view.byteLength) return fixed + 4
  return fixed + 4 + 4 * view.getUint16(fixed + 2)
}
