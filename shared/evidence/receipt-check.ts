import type { Jitter, Loss, OctetCounts, StreamObservation } from '../record/observation.ts'
import type { QosLoad } from '../record/qos.ts'
import type { ReceiptStatement } from '../record/receipt.ts'
import { jitterDiffers } from './receipt-jitter.ts'

/** No session has more; a statement that says so is not believed further. */
const MOST_STREAMS = 4096

/** One thing on which an agent and a reflector say different things. */
export interface Disagreement {
  readonly what:
    | ('calls' | 'expected' | 'received' | 'duplicated' | 'reordered')
    | ('tos' | 'ttl' | 'jitter')
    /** The agent's own word: of so many receipts, none agreed with what came back. */
    | 'receipts'
    /** Of two numbers of the agent's own: what it says, and what its other numbers come to. */
    | 'sums'
    /** Of so many packets with a stamp of their departure, none is said to bear one: no receipt holds their jitter. */
    | 'unstamped'
  readonly agent: number
  readonly reflector: number
}

/**
 * What no agent that counted can say: packets that were scheduled left or did not, those that left arrived, were
 * lost, or nobody knows; there are no more replies than packets and copies of them made on the way; and of every
 * packet that was answered once it says which mark it bore and when it was stamped. Else one side's receipts,
 * which are held against some of these numbers alone, would back a loss or a mark that was left out, or hidden
 * in a heap of packets.
 */
export function sumsDiffer({
  legs,
  instrument,
  stampedJitter,
}: StreamObservation): readonly Disagreement[] {
  const { scheduled, sent, notSent } = instrument
  const [out, back] = [legs.out.loss, legs.back.loss]
  const fates = ({ received, lost, unattributed }: Loss) => received + lost + unattributed
  const sums: readonly (readonly [said: number, sum: number])[] = [
    [scheduled, sent + notSent],
    [out.expected, sent],
    [out.expected, fates(out)],
    [back.expected, fates(back)],
    [back.expected, Math.min(back.expected, out.expected + out.duplicated)],
    ...octetSums(legs),
    ...jitterSums(legs.out.jitter, stampedJitter),
  ]
  const found = sums.flatMap(([agent, reflector]): Disagreement[] =>
    agent === reflector ? [] : [{ what: 'sums', agent, reflector }],
  )
  if (legs.out.jitter === null || stampedJitter != null) return found
  return [...found, { what: 'unstamped', agent: 0, reflector: legs.out.jitter.n }]
}

/** What has a stamp of its departure has the stamp inside it as well, and both are held against one limit. */
function jitterSums(
  jitter: Jitter | null,
  stamped: Jitter | null | undefined,
): [said: number, sum: number][] {
  if (jitter === null || stamped == null) return []
  return [
    [stamped.n, Math.max(stamped.n, jitter.n)],
    [stamped.limitMs, jitter.limitMs],
  ]
}

/** Each octet was looked at on every packet that was answered; answers to copies are no packets. */
function octetSums({ out, back }: StreamObservation['legs']): [said: number, sum: number][] {
  const most = back.loss.received
  const least = Math.max(0, most - out.loss.duplicated)
  return [out.tos, out.ttl, back.tos, back.ttl].map((octets) => {
    const said = packetsOf(octets)
    return [said, Math.min(Math.max(said, least), most)]
  })
}

/**
 * Packets that no receipt counts, of a stream whose session was interrupted: of these only the agent says
 * what became of them.
 */
export function uncounted(
  { gaps, instrument: { scheduled } }: StreamObservation,
  statements: readonly ReceiptStatement[],
): number {
  const counted = statements.reduce((sum, { expected }) => sum + expected, 0)
  return gaps.length === 0 || statements.length === 0 ? 0 : Math.max(0, scheduled - counted)
}

/** Streams that follow each other, and the sequence numbers that a statement counts of each. */
export type CountedRange = readonly [stream: number, streams: number, first: number, count: number]

/** What a statement counts, range by range. */
export function countedRanges({ ranges, streams = [] }: ReceiptStatement): CountedRange[] {
  return ranges.map(([stream, first, count], at) => [stream, streams[at] ?? 1, first, count])
}

/**
 * Holds the out leg of an observation against the reflector's statements on the same window: where
 * the agent used the reflector's counts these are equal to the packet; otherwise, and where a
 * session was reopened in between, only what must hold of a part is asked. Nothing is averaged: every
 * difference is listed. Empty: they agree.
 * @param statements of sessions that follow each other; their ranges do not overlap
 */
export function compareReceipts(
  stream: StreamObservation,
  statements: readonly ReceiptStatement[],
): readonly Disagreement[] {
  if (statements.length === 0) return []
  const { loss } = stream.legs.out
  const sum = (name: 'expected' | 'received' | 'duplicated' | 'reordered') =>
    statements.reduce((total, statement) => total + statement[name], 0)
  const expected = sum('expected')
  const found: Disagreement[] = []
  const check = (what: Disagreement['what'], agent: number, reflector: number, fits: boolean) => {
    if (!fits) found.push({ what, agent, reflector })
  }
  const whole = expected >= stream.instrument.scheduled
  const same = whole && stream.attribution === 'receipt'
  const received = sum('received')
  const { scheduled } = stream.instrument
  // Only a gap takes packets out of the schedule that the reflector was asked about, or its session away.
  const fits = expected === scheduled || stream.gaps.length > 0
  check('expected', scheduled, expected, expected >= received && fits)
  check('received', loss.received, received, fitsReceived(stream, received, same, whole))
  if (same && expected === scheduled) {
    for (const name of ['duplicated', 'reordered'] as const)
      check(name, loss[name], sum(name), loss[name] === sum(name))
  } else if (whole) {
    // The copies that the agent heard of are some of those that got there.
    check('duplicated', loss.duplicated, sum('duplicated'), loss.duplicated <= sum('duplicated'))
  }
  // Marks and jitter were seen of what arrived, whichever way the agent knows its losses.
  if (whole) {
    for (const name of ['tos', 'ttl'] as const)
      found.push(...octetsDiffer(stream, statements, name))
    const jitter = jitterDiffers(stream, statements)
    if (jitter !== null) check('jitter', ...jitter, false)
  }
  return found
}

/**
 * Holds a step of load against the reflector's statements on its session, as {@link compareReceipts}
 * does; and since no session was there before it, they must be of all its calls. A part is enough only
 * where the step says that its session was interrupted.
 */
export function compareStep(
  stream: StreamObservation,
  statements: readonly ReceiptStatement[],
): readonly Disagreement[] {
  const found = compareReceipts(stream, statements)
  const { calls, gaps, instrument } = stream
  if (statements.length === 0 || gaps.length > 0) return found
  const offered = new Set(statements.flatMap(streamsOf)).size
  // What was stopped in its first frame has calls without a packet.
  if (offered >= calls || instrument.scheduled < calls) return found
  return [{ what: 'calls', agent: calls, reflector: offered }, ...found]
}

/**
 * Holds the best-effort load of a look against the reflector's statements on it: what got there is
 * what the agent says or more, since the agent may not have heard of all of it.
 * @param whole no session was interrupted
 */
export function compareLoad(
  { calls, scheduled, notSent, reached, returned }: QosLoad,
  statements: readonly ReceiptStatement[],
  whole: boolean,
): readonly Disagreement[] {
  if (statements.length === 0 || !whole) return []
  const received = statements.reduce((sum, one) => sum + one.received, 0)
  const expected = statements.reduce((sum, one) => sum + one.expected, 0)
  const offered = new Set(statements.flatMap(streamsOf)).size
  const found: Disagreement[] = []
  if (offered < calls && scheduled >= calls)
    found.push({ what: 'calls', agent: calls, reflector: offered })
  if (expected < scheduled) found.push({ what: 'expected', agent: scheduled, reflector: expected })
  const least = Math.max(reached, returned)
  if (received < least || received > scheduled - notSent)
    found.push({ what: 'received', agent: reached, reflector: received })
  return found
}

function streamsOf({ ranges, streams = [] }: ReceiptStatement): number[] {
  return ranges.flatMap(([stream], at) =>
    Array.from({ length: Math.min(streams[at] ?? 1, MOST_STREAMS) }, (_, next) => stream + next),
  )
}

function fitsReceived(
  { legs }: StreamObservation,
  received: number,
  same: boolean,
  whole: boolean,
): boolean {
  const { out, back } = legs
  if (same) return received === out.loss.received
  // What was answered was received; what did not leave cannot have been.
  const proven = out.loss.received - back.loss.lost - back.loss.unattributed
  return received <= out.loss.expected && (!whole || received >= proven)
}

/** Every value that a reply told of was seen there, and every arrival was seen once. */
function octetsDiffer(
  { legs }: StreamObservation,
  statements: readonly ReceiptStatement[],
  name: 'tos' | 'ttl',
): Disagreement[] {
  if (statements.some(({ rows }) => rows === null)) return []
  const found: Disagreement[] = []
  const total = statements.reduce((sum, one) => sum + packetsOf(one[name]), 0)
  const received = statements.reduce((sum, one) => sum + one.received, 0)
  if (total !== received) found.push({ what: name, agent: received, reflector: total })
  for (const { value, packets } of legs.out[name].seen) {
    const there = statements.reduce((sum, one) => sum + packetsWith(one[name], value), 0)
    if (there < packets) found.push({ what: name, agent: packets, reflector: there })
  }
  return found
}

function packetsOf({ seen, unseen }: OctetCounts): number {
  return seen.reduce((sum, { packets }) => sum + packets, unseen)
}

function packetsWith({ seen }: OctetCounts, value: number): number {
  return seen.find((one) => one.value === value)?.packets ?? 0
}
