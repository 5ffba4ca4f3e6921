import type { OctetCounts } from '../record/observation.ts'
import type { StreamRows } from './rows.ts'

/**
 * Values of a header octet (TOS or TTL) on answered packets, ascending, and on how many of those it
 * could not be seen. Packets without an answer tell nothing and are not counted.
 * @param octet which of the row's octets
 */
export function countOctets(
  streams: readonly StreamRows[],
  octet: 'tosOut' | 'ttlOut' | 'tosBack' | 'ttlBack',
): OctetCounts {
  const packets = new Array<number>(256).fill(0)
  let unseen = 0
  for (const rows of streams) {
    const values = rows[octet]
    for (let i = 0; i < rows.count; i++) {
      if (rows.replySequence[i]! < 0) continue
      const value = values[i]!
      if (value < 0 || value > 255) unseen++
      else packets[value] = packets[value]! + 1
    }
  }
  return { seen: seenOf(packets), unseen }
}

/** Adds counts of the same octet. */
export function mergeOctets(parts: readonly OctetCounts[]): OctetCounts {
  const packets = new Map<number, number>()
  let unseen = 0
  for (const part of parts) {
    unseen += part.unseen
    for (const { value, packets: n } of part.seen) packets.set(value, (packets.get(value) ?? 0) + n)
  }
  const seen: OctetCounts['seen'] = []
  for (const [value, n] of packets) if (n > 0) seen.push({ value, packets: n })
  return { seen: seen.sort((a, b) => a.value - b.value), unseen }
}

function seenOf(packets: readonly number[]): OctetCounts['seen'] {
  return packets.map((n, value) => ({ value, packets: n })).filter((entry) => entry.packets > 0)
}
