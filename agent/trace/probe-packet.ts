import type { Cookies } from '../../shared/wire/cookies.ts'
import { fill } from '../../shared/wire/filler.ts'
import { internetChecksum, type QuotedDatagram } from '../../shared/wire/icmp.ts'
import { PROBE_BYTES, writeProbeOut } from '../../shared/wire/probe.ts'
import { CODECS, RTP_HEADER, rtpSequence, rtpSsrc, writeRtp } from '../../shared/wire/rtp.ts'

export const VOICE_BYTES = RTP_HEADER + CODECS.g711.payloadBytes
const TICKS = 160

/** Voice as equipment sees it: one stream of G.711, and room for what its reflector checks. */
export interface Flow {
  readonly ssrc: number
  readonly cookies: Cookies
}

/**
 * Writes an RTP-shaped probe of `length` octets. The content follows from flow and sequence alone, so
 * that its checksum can be told again when a router quotes no more than the UDP header.
 */
export function writeTraceProbe(
  view: DataView,
  at: number,
  length: number,
  flow: Flow,
  sequence: number,
): void {
  const { ssrc, cookies } = flow
  writeRtp(view, at, sequence === 0, 0, sequence, sequence * TICKS, ssrc)
  writeProbeOut(view, at + RTP_HEADER, 0, 0, sequence, cookies.outHigh, cookies.outLow)
  const used = RTP_HEADER + PROBE_BYTES
  fill(view, at + used, length - used, ssrc ^ (sequence * 0x9e3779b1))
}

/** The sequence that a quoted payload of this flow names; -1 where it is too short or another's. */
export function quotedSequence(payload: Uint8Array, flow: Flow): number {
  if (payload.length < RTP_HEADER) return -1
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  return rtpSsrc(view, 0) === flow.ssrc >>> 0 ? rtpSequence(view, 0) : -1
}

/**
 * Whether a quote without payload is of this probe, by the UDP checksum (RFC 768): taken over pseudo
 * header, UDP header and payload, of which all but the payload is quoted.
 */
export function checksumMatches(quoted: QuotedDatagram, payload: Uint8Array): boolean {
  if (quoted.udpChecksum === 0 || quoted.udpLength !== payload.length + 8) return false
  const head = new Uint8Array(16)
  const view = new DataView(head.buffer)
  view.setUint32(0, quoted.udpLength)
  view.setUint32(4, 17)
  view.setUint16(8, quoted.sourcePort)
  view.setUint16(10, quoted.destinationPort)
  view.setUint16(12, quoted.udpLength)
  const sum = (bytes: Uint8Array): number => ~internetChecksum(bytes) & 0xffff
  const start = sum(quoted.addresses) + sum(head)
  const found = internetChecksum(payload, start)
  return (found === 0 ? 0xffff : found) === quoted.udpChecksum
}

/** A flow that no reflector knows: for the far end it is noise, for the routers it is voice. */
export function strangersFlow(random: (bytes: number) => Uint8Array): Flow {
  const bytes = random(16)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [ssrc, outHigh, outLow] = [0, 4, 8].map((at) => view.getUint32(at))
  return { ssrc: ssrc!, cookies: { outHigh: outHigh!, outLow: outLow!, back: 0 } }
}
