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
 * its arrival is what the reflector wrote down of it. The first hundred that differ, save what honest
 * parties see differently: the reply that came back first may be that to a copy made on the way out,
 * and what arrives after the reflector has signed is answered and stands in no rows.
 * @param stepped the agent's clock stepped inside the window: its stamps are not those in the packets
 */
export function packetsInDispute(
  agent: readonly StreamRows[],
  statements: readonly RowsOfStatement[],
  stepped: boolean,
): PacketDispute[] {
  const found: PacketDispute[] = []
  for (const { statement, arrivals } of statements) {
    const copies = { left: statement.duplicated }
    for (const theirs of arrivals) {
      const own = agent[theirs.stream]
      if (own === undefined) continue
      const pair = { own, theirs, stepped, copies, lastNs: lastArrival(theirs) }
      for (let i = 0; i < theirs.count && found.length < MOST; i++) {
        const at = (theirs.firstSequence - own.firstSequence + i) | 0
        if (at < 0 || at >= own.count) continue
        const what = disputeOf(pair, at, i)
        if (what !== null)
          found.push({ stream: theirs.stream, sequence: theirs.firstSequence + i, what })
      }
    }
  }
  return found
}

/** One call's rows of both sides. */
interface Pair {
  readonly own: StreamRows
  readonly theirs: ArrivalRows
  readonly stepped: boolean
  /** Copies that the reflector counted and that explained no packet yet. */
  readonly copies: { left: number }
  /** The reflector's last arrival. */
  readonly lastNs: number
}

function disputeOf(pair: Pair, at: number, i: number): PacketDispute['what'] | null {
  const { own, theirs, stepped, lastNs } = pair
  const apart = (theirs.baseSeconds - own.baseSeconds) * 1e9
  const arrivedNs = theirs.arrivedNs[i]! + apart
  if (Number.isNaN(arrivedNs)) {
    const afterwards = own.reachedNs[at]! > lastNs + apart
    return isAnswered(own, at) && !afterwards ? 'not-arrived' : null
  }
  if (!hasLeft(own, at)) return 'not-sent'
  const answer = isAnswered(own, at) ? answerDispute(pair, at, i, arrivedNs) : null
  if (answer !== null) return answer
  const stamp = theirs.sentNs[i]! + apart
  // The stamp inside the packet is one value: both wrote it down.
  if (!(Math.abs(own.stampedNs[at]! - stamp) <= SAME_NS)) return 'sent-time'
  const lead = own.sentNs[at]! - stamp
  const late = Math.max(0, own.sentNs[at]! - own.dueNs[at]!) || 0
  const wrong = lead < -STAMP_NS || lead > late + STAMP_NS
  return !stepped && wrong ? 'sent-time' : null
}

function answerDispute(
  { own, theirs, copies }: Pair,
  at: number,
  i: number,
  arrivedNs: number,
): PacketDispute['what'] | null {
  const afterNs = own.reachedNs[at]! - arrivedNs
  if (afterNs > SAME_NS && copies.left > 0) {
    copies.left -= 1
    return null
  }
  if (Math.abs(afterNs) > SAME_NS) return 'arrival-time'
  if (differ(own.tosOut[at]!, theirs.tos[i]!)) return 'tos'
  return differ(own.ttlOut[at]!, theirs.ttl[i]!) ? 'ttl' : null
}

function lastArrival({ arrivedNs }: ArrivalRows): number {
  let last = Number.NEGATIVE_INFINITY
  for (const ns of arrivedNs) if (ns > last) last = ns
  return last
}

function differ(a: number, b: number): boolean {
  return a >= 0 && b >= 0 && a !== b
}
