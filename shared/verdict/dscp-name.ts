import type { OctetCounts } from '../record/observation.ts'

/** Code points that have a name of their own: RFC 2474, RFC 5865 and RFC 8622. */
const NAMED: ReadonlyMap<number, string> = new Map([
  [1, 'LE'],
  [44, 'VOICE-ADMIT'],
  [46, 'EF'],
])

/**
 * The name people use for a DSCP (0..63): EF (RFC 3246), CSx (RFC 2474 section 4.2.2), AFxy
 * (RFC 2597 section 6); a value without a name is its number.
 */
export function dscpName(dscp: number): string {
  const named = NAMED.get(dscp)
  if (named !== undefined) return named
  if (dscp % 8 === 0) return `CS${dscp / 8}`
  const assured = Math.floor(dscp / 8)
  const drop = (dscp % 8) / 2
  if (assured >= 1 && assured <= 4 && Number.isInteger(drop)) return `AF${assured}${drop}`
  return `DSCP ${dscp}`
}

/** The DSCP of a TOS or traffic-class octet: its upper six bits; the two ECN bits are not judged. */
export function dscpOf(tos: number): number {
  return tos >> 2
}

/** Packets by DSCP. */
export function dscpCounts(tos: OctetCounts): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { value, packets } of tos.seen) {
    if (packets === 0) continue
    counts.set(dscpOf(value), (counts.get(dscpOf(value)) ?? 0) + packets)
  }
  return counts
}
