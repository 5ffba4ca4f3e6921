import { ownerOf } from '../../../shared/profile/prefix.ts'
import type { Site } from '../../../shared/profile/site.ts'
import type { Border, PathObservation } from '../../../shared/record/path.ts'
import type { Traced, TraceRow } from '../../trace/types.ts'
import { markChanges, movedHops, mtuProblem } from './changes.ts'
import { byFrequency, hopsOf } from './hops.ts'

const MOST_HOPS = 32
const MOST_ADDRESSES = 8
const OBSTACLE = 'this engine can neither read ICMP nor set a TTL: run on Linux'

/**
 * What was seen of the way to one far end, made from a trace. Judges nothing.
 * @param before the last observation of the same way, to say what moved; null at first
 */
export function observePath(
  traced: Traced,
  dscp: number,
  site: Pick<Site, 'owners'>,
  before: PathObservation | null,
): PathObservation {
  const { target, rows, method, leftTos } = traced
  const voice = rows.filter((row) => row.shape === 'voice')
  const final = voice.filter((row) => isFinal(row, target.address))
  const distance = final.length === 0 ? null : Math.min(...final.map((row) => row.ttl))
  const label = (address: string) => ownerOf(address, site.owners ?? [])
  const hops = hopsOf(rows, target.address, distance, label)
  const arrived = markOf(final, (row) => (row.answer?.kind === 'echo' ? row.answer.tos : null))
  const left = leftTos === null ? null : leftTos >> 2
  const owner = label(target.address)
  const farEnd: Border = {
    ...{ ttl: null, address: target.address },
    ...(owner === undefined ? {} : { owner }),
  }
  return {
    kind: 'path',
    farEnd: target.farEnd,
    peer: { address: target.address, port: target.port },
    ...{ from: traced.from, to: traced.to, method, dscp, left, hops },
    obstacle: method === 'none' ? OBSTACLE : '',
    ...{ reached: distance !== null, distance, arrived },
    returned: markOf(final, (row) => row.answer?.tosBack ?? null),
    sent: distance === null ? 0 : voice.filter((row) => row.ttl >= distance && !row.notSent).length,
    answered: final.length,
    changes: markChanges(hops, { sent: dscp, left, arrived }, farEnd),
    mtu: mtuProblem(rows, hops),
    ...spreadOf(rows, target.address),
    ...moved(before, hops),
  }
}

/** The far end itself answered: its reflector, or its host with an ICMP message. */
function isFinal({ answer }: TraceRow, farEnd: string): boolean {
  return answer !== null && (answer.kind === 'echo' || answer.from === farEnd)
}

/** The most frequent mark; null where none was seen. */
function markOf(rows: readonly TraceRow[], tosOf: (row: TraceRow) => number | null): number | null {
  const marks = rows.map(tosOf).filter((tos) => tos !== null)
  return byFrequency(marks.map((tos) => tos >> 2))[0]?.[0] ?? null
}

function spreadOf(rows: readonly TraceRow[], farEnd: string): Pick<PathObservation, 'spread'> {
  const spread = rows.filter(
    (row) => row.shape === 'spread' && row.answer?.kind === 'time-exceeded',
  )
  if (!rows.some((row) => row.shape === 'spread')) return {}
  const ttls = [...new Set(spread.map((row) => row.ttl))].sort((a, b) => a - b)
  return {
    spread: ttls.slice(0, MOST_HOPS).map((ttl) => {
      const from = spread.flatMap((row) => (row.ttl === ttl && row.answer ? [row.answer.from] : []))
      const addresses = [...new Set(from)].filter((address) => address !== farEnd)
      return { ttl, addresses: addresses.slice(0, MOST_ADDRESSES) }
    }),
  }
}

function moved(
  before: PathObservation | null,
  hops: PathObservation['hops'],
): Pick<PathObservation, 'moved'> {
  if (before === null) return {}
  const found = movedHops(before.hops, hops)
  return found.length === 0 ? {} : { moved: found }
}
