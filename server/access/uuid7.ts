import { randomBytes } from 'node:crypto'

/** Twelve bits after the time: later ones of the same millisecond sort later (RFC 9562 section 6.2). */
const MOST_IN_ONE = 0xfff
let lastMs = -1
let count = 0

/** A UUID of version 7 (RFC 9562 section 5.7): it sorts by time, and by order within this process. */
export function uuid7(nowMs: number): string {
  count = nowMs === lastMs ? Math.min(count + 1, MOST_IN_ONE) : 0
  lastMs = nowMs
  const bytes = randomBytes(16)
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes.writeUInt16BE(0x7000 | count, 6)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...parts, hex.slice(20)].join('-')
}
