import { writeSync } from 'node:fs'
import type { Fate, Leg } from './impairment.ts'
import { FATES } from './impairment.ts'

/**
 * The log of every packet's fate: a header of 16 bytes, then one record of 48 per packet and per
 * copy, in the order their fate was sealed. Little endian. Written by the router process only.
 *
 *   header:  0 magic "VRTRUTH1"   8 f64 base, seconds since 1970
 *   record:  0 f64 in, ns since base       8 f64 out, ns since base, 0 when it never left
 *           16 u32 SSRC  20 u16 RTP sequence  22 u8 flags  23 u8 fate  24 u8 rule (255 none)
 *           25 u8 TOS in  26 u8 TOS out  27 u8 TTL in  28 u16 source port  30 u16 destination port
 *           32 u16 length  34 u8 protocol  36 f32 wanted delay, us  40 u32 count of arrivals
 */
export const HEADER_BYTES = 16
export const RECORD_BYTES = 48
const MAGIC = 'VRTRUTH1'

export const FLAG = { rtp: 1, ipv6: 2, copy: 4, kernelTime: 8, back: 16 } as const

export function writeHeader(fd: number, baseSeconds: number): void {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(MAGIC, 'latin1')
  header.writeDoubleLE(baseSeconds, 8)
  writeSync(fd, header)
}

/** One packet, or one copy of it, as the router saw it. Times in nanoseconds since `base`. */
export interface PacketTruth {
  readonly leg: Leg
  readonly fate: Fate
  /** Place of the impairment in the list, undefined when none matched. */
  readonly rule: number | undefined
  readonly inNs: number
  /** Undefined when it never left. */
  readonly outNs: number | undefined
  readonly wantedDelayUs: number
  readonly rtp: { readonly ssrc: number; readonly sequence: number } | undefined
  readonly ip: 4 | 6
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
  /** Bytes of the whole IP packet. */
  readonly length: number
  readonly dscpIn: number
  readonly dscpOut: number
  readonly ttlIn: number
  /** A duplicate made by the router. */
  readonly copy: boolean
  /** The arrival time is the kernel's, not the router's. */
  readonly kernelTime: boolean
  /** Counts arrivals on both sides from 0; a copy has its original's. */
  readonly arrival: number
}

/** Parses a whole log. Refuses what is not one; a torn last record is left out. */
export function parseTruthLog(log: Uint8Array): {
  readonly baseSeconds: number
  readonly packets: readonly PacketTruth[]
} {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength)
  const magic = Buffer.from(log.subarray(0, 8)).toString('latin1')
  if (magic !== MAGIC) throw new Error(`not a truth log: begins with ${JSON.stringify(magic)}`)
  const packets: PacketTruth[] = []
  for (let at = HEADER_BYTES; at + RECORD_BYTES <= log.byteLength; at += RECORD_BYTES) {
    packets.push(readRecord(view, at))
  }
  return { baseSeconds: view.getFloat64(8, true), packets }
}

function readRecord(view: DataView, at: number): PacketTruth {
  const flags = view.getUint8(at + 22)
  const outNs = view.getFloat64(at + 8, true)
  const rule = view.getUint8(at + 24)
  const rtp = { ssrc: view.getUint32(at + 16, true), sequence: view.getUint16(at + 20, true) }
  return {
    leg: (flags & FLAG.back) !== 0 ? 'back' : 'out',
    fate: FATES[view.getUint8(at + 23)] ?? 'held',
    rule: rule === 255 ? undefined : rule,
    inNs: view.getFloat64(at, true),
    outNs: outNs === 0 ? undefined : outNs,
    wantedDelayUs: view.getFloat32(at + 36, true),
    rtp: (flags & FLAG.rtp) !== 0 ? rtp : undefined,
    ip: (flags & FLAG.ipv6) !== 0 ? 6 : 4,
    protocol: view.getUint8(at + 34),
    sourcePort: view.getUint16(at + 28, true),
    destinationPort: view.getUint16(at + 30, true),
    length: view.getUint16(at + 32, true),
    dscpIn: view.getUint8(at + 25) >> 2,
    dscpOut: view.getUint8(at + 26) >> 2,
    ttlIn: view.getUint8(at + 27),
    copy: (flags & FLAG.copy) !== 0,
    kernelTime: (flags & FLAG.kernelTime) !== 0,
    arrival: view.getUint32(at + 40, true),
  }
}
