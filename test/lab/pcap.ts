import { readFile } from 'node:fs/promises'
import { emptyFacts, type PacketFacts, readFacts } from './router/packet.ts'

/** One captured IP packet. */
export interface CapturedPacket extends Readonly<PacketFacts> {
  /** Kernel time, nanoseconds since `baseSeconds` of the capture. */
  readonly timeNs: number
}

/** Frame header bytes by link type: Ethernet, raw IP, Linux cooked v1. */
const HEADERS: Readonly<Record<number, number>> = { 1: 14, 101: 0, 113: 16 }
const NANOSECOND_MAGIC = 0xa1b23c4d

/**
 * Reads a little-endian nanosecond pcap file, IP packets only. A torn last packet is left out.
 * Times count from the UTC day given, so that they compare with a truth log exactly.
 */
export async function readPcap(
  file: string,
  baseSeconds: number,
): Promise<readonly CapturedPacket[]> {
  const data = await readFile(file)
  const magic = data.readUInt32LE(0)
  if (magic !== NANOSECOND_MAGIC) throw new Error(`${file}: not a nanosecond pcap file`)
  const header = HEADERS[data.readUInt32LE(20) & 0xffff]
  if (header === undefined) throw new Error(`${file}: unknown link type`)
  const packets: CapturedPacket[] = []
  for (let at = 24; at + 16 <= data.length; ) {
    const kept = data.readUInt32LE(at + 8)
    const length = data.readUInt32LE(at + 12)
    const timeNs = (data.readUInt32LE(at) - baseSeconds) * 1e9 + data.readUInt32LE(at + 4)
    const start = at + 16
    at = start + kept
    if (at > data.length) break
    const facts = emptyFacts()
    readFacts(data, start + header, kept - header, facts)
    if (facts.passable) packets.push({ ...facts, length: length - header, timeNs })
  }
  return packets
}
