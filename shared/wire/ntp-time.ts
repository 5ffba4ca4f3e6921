/**
 * NTP 64-bit timestamps (RFC 5905 section 6): seconds since 1900 in 32 bits, then a 32-bit fraction.
 *
 *  0                   1                   2                   3
 * |                         seconds since 1900                   |
 * |                     fraction of a second, 2^-32              |
 *
 * The seconds wrap on 7 February 2036. A reader takes the era nearest to its own base, so both
 * sides of the wrap read right as long as they are within 68 years of each other.
 */
const UNIX_TO_NTP_SECONDS = 2_208_988_800
const FRACTION = 2 ** 32
const NS = 1e9

/** Writes `ns` (whole nanoseconds since `baseSeconds`) at `offset`. */
export function writeNtp(view: DataView, offset: number, ns: number, baseSeconds: number): void {
  const seconds = Math.floor(ns / NS)
  const fraction = Math.floor(((ns - seconds * NS) * FRACTION) / NS)
  view.setUint32(offset, (baseSeconds + UNIX_TO_NTP_SECONDS + seconds) >>> 0)
  view.setUint32(offset + 4, fraction)
}

/** Nanoseconds since `baseSeconds`; undoes {@link writeNtp} exactly for whole nanoseconds. */
export function readNtp(view: DataView, offset: number, baseSeconds: number): number {
  // `| 0` subtracts modulo 2^32: the era nearest to the base, before or after the wrap.
  const seconds = (view.getUint32(offset) - ((baseSeconds + UNIX_TO_NTP_SECONDS) >>> 0)) | 0
  return seconds * NS + Math.round((view.getUint32(offset + 4) * NS) / FRACTION)
}
