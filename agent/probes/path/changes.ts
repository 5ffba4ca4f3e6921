import type { Border, Hop, MarkChange, PathObservation } from '../../../shared/record/path.ts'
import type { TraceRow } from '../../trace/types.ts'

const MOST_CHANGES = 8
const HERE: Border = { ttl: 0, address: null }
/** So many large probes must have vanished before silence means anything. */
const VANISHED = 2

/**
 * Where the mark changes: between the last place that still had one value and the first that had
 * another. A hop quotes a packet after its own ingress rules and before its forwarding, so the change
 * lies in (after, at]: at the exit of one, on the wire, or at the entrance of the other.
 * @param sent mark that was set; `left` what was watched leaving (null: not watched)
 * @param arrived mark at the far end; null where it was not seen
 */
export function markChanges(
  hops: readonly Hop[],
  marks: { readonly sent: number; readonly left: number | null; readonly arrived: number | null },
  farEnd: Border,
): MarkChange[] {
  const places = hops.flatMap((hop) => {
    const value = hop.dscp[0]?.value
    return value === undefined ? [] : [{ border: borderOf(hop), value }]
  })
  if (marks.arrived !== null) places.push({ border: farEnd, value: marks.arrived })
  const changes: MarkChange[] = []
  let before = { border: HERE, value: marks.left ?? marks.sent }
  for (const place of places) {
    if (place.value !== before.value)
      changes.push({
        ...{ from: before.value, to: place.value },
        ...{ after: before.border, at: place.border },
      })
    before = place
  }
  return changes.slice(0, MOST_CHANGES)
}

/**
 * Where large packets stop: a router said so with its MTU, or large probes vanish from some hop on
 * while small ones are answered there (an MTU black hole, RFC 2923). Null where neither is shown.
 */
export function mtuProblem(
  rows: readonly TraceRow[],
  hops: readonly Hop[],
): PathObservation['mtu'] {
  const large = rows.filter((row) => row.shape === 'large')
  const named = large.find((row) => row.answer?.kind === 'too-big')
  if (named?.answer != null) {
    const { from, mtu } = named.answer
    const at = hops.findIndex((hop) => hop.addresses.includes(from))
    const stop = at < 0 ? { ttl: null, address: from } : borderOf(hops[at]!)
    const next = at < 0 || hops[at + 1] === undefined ? FAR_END : borderOf(hops[at + 1]!)
    const size = { octets: named.octets, how: 'named', nextHop: mtu === 0 ? null : mtu } as const
    return { ...size, after: stop, at: next }
  }
  return silentMtu(large, hops)
}

const FAR_END: Border = { ttl: null, address: null }

function silentMtu(large: readonly TraceRow[], hops: readonly Hop[]): PathObservation['mtu'] {
  const sent = large.filter((row) => !row.notSent)
  const passes = (hop: Hop): boolean =>
    sent.some((row) => row.ttl === hop.ttl && row.answer?.kind === 'time-exceeded')
  const vanishes = (hop: Hop): boolean => {
    const here = sent.filter((row) => row.ttl === hop.ttl)
    return hop.answered > 1 && here.length >= VANISHED && here.every((row) => row.answer === null)
  }
  const answering = hops.filter((hop) => hop.answered > 0)
  const first = answering.findIndex(vanishes)
  // One that answers large probes farther on shows that this hop was merely silent.
  if (first < 0 || answering.slice(first).some(passes)) return null
  const octets = sent[0]?.octets ?? 0
  const before = answering[first - 1]
  const after = before === undefined ? HERE : borderOf(before)
  return { octets, how: 'silent', nextHop: null, after, at: borderOf(answering[first]!) }
}

export function borderOf(hop: Hop): Border {
  const { ttl, addresses, owner } = hop
  return { ttl, address: addresses[0] ?? null, ...(owner === undefined ? {} : { owner }) }
}

/** Hops that answer from another address than when the path was looked at before. */
export function movedHops(
  before: readonly Hop[],
  now: readonly Hop[],
): NonNullable<PathObservation['moved']> {
  return now.flatMap((hop) => {
    const old = before.find((other) => other.ttl === hop.ttl)
    const [was, is] = [old?.addresses[0], hop.addresses[0]]
    if (was === undefined || is === undefined) return []
    // Parallel paths answer in turns: what was known at this distance has not moved.
    const known = old?.addresses.includes(is) === true || hop.addresses.includes(was)
    return known ? [] : [{ ttl: hop.ttl, before: was, now: is }]
  })
}
