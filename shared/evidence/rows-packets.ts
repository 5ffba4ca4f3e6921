import type { ArrivalRows } from '../measure/raw-rows.ts'
import { hasLeft, isAnswered } from '../measure/receipt.ts'
import type { StreamRows } from '../measure/rows.ts'
import type { RowsOfStatement } from './rows-recompute.ts'

/** A packet on which the agent's rows and the reflector's say different things. */
export interface PacketDispute {
  readonly stream: number
  readonly sequence: number
  readonly what: 'not-arrived' | 'not-sent' | 'arrival-time' | 'sent-time' | 'tos' | 'ttl'
}

const MOST = 100
/** Two roundings to whole nanoseconds, one of them from an NTP fraction. */
const SAME_NS = 2
/** The stamp inside a packet is made before the kernel's, by no more than the packet was late. */
const STAMP_NS = 5e6

/**
 * Holds both halves of a window against each other packet by packet: what a reply told the agent of
 * its arrival is what the reflector wrote down of it. The first hundred that differ.
 * @param stepped the agent's clock stepped inside the window: its stamps are not those in the packets
 */
export function packetsInDispute(
  agent: readonly StreamRows[],
  statements: readonly RowsOfStatement[],
  stepped: boolean,
): PacketDispute[] {
  const found: PacketDispute[] = []
  for (const { arrivals } of statements)
    for (const theirs of arrivals) {
      const own = agent[theirs.stream]
      if (own === undefined) continue
      for (let i = 0; i < theirs.count && found.length < MOST; i++) {
        const at = (theirs.firstSequence - own.firstSequence + i) | 0
        if (at < 0 || at >= own.count) continue
        const what = disputeOf(own, at, theirs, i, stepped)
        if (what !== null)
          found.push({ stream: theirs.stream, sequence: theirs.firstSequence + i, what })
      }
    }
  return found
}

function disputeOf(
  own: StreamRows,
  at: number,
  theirs: ArrivalRows,
  i: number,
  stepped: boolean,
): PacketDispute['what'] | null {
  const arrived = !Number.isNaN(theirs.arrivedNs[i])
  if (!arrived) return isAnswered(own, at) ? 'not-arrived' : null
  if (!hasLeft(own, at)) return 'not-sent'
  const apart = (theirs.baseSeconds - own.baseSeconds) * 1e9
  if (isAnswered(own, at)) {
    if (Math.abs(theirs.arrivedNs[i]! + apart - own.reachedNs[at]!) > SAME_NS) return 'arrival-time'
    if (differ(own.tosOut[at]!, theirs.tos[i]!)) return 'tos'
    if (differ(own.ttlOut[at]!, theirs.ttl[i]!)) return 'ttl'
  }
  const lead = own.sentNs[at]! - (theirs.sentNs[i]! + apart)
  const late = Math.max(0, own.sentNs[at]! - own.dueNs[at]!) || 0
  const wrong = lead < -STAMP_NS || lead > late + STAMP_NS
  return !stepped && wrong ? 'sent-time' : null
}

function differ(a: number, b: number): boolean {
  return a >= 0 && b >= 0 && a !== b
}
