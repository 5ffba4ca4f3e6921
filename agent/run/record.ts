import type { Observation } from '../../shared/record/kinds.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { AgentRecord, RoundPart } from '../../shared/record/record.ts'
import type { Link } from '../uplink/chain.ts'

/** What stays the same in every record of one run of the agent. */
export interface RecordHead {
  readonly site: string
  readonly agent: string
  readonly version: string
  readonly profile: { readonly id: string; readonly version: string; readonly sha256: string }
}

/** One minute of every far end, ready to become a record. */
export interface Minute {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** Length by the monotonic clock, milliseconds. */
  readonly monotonicMs: number
  readonly observations: readonly StreamObservation[]
  /** A part of a round of the other checks that goes with this minute. */
  readonly round?: { readonly tag: RoundPart; readonly observations: readonly Observation[] }
}

/** The record of one minute at its place in the agent's chain. */
export function buildRecord(head: RecordHead, minute: Minute, link: Link): AgentRecord {
  return {
    format: 'voip-ready/record/1',
    site: head.site,
    agent: head.agent,
    boot: link.boot,
    sequence: link.sequence,
    previous: link.previous,
    tool: { name: 'voip-ready', version: head.version },
    profile: head.profile,
    window: { from: minute.from, to: minute.to, monotonicMs: minute.monotonicMs },
    observations: [...minute.observations, ...(minute.round?.observations ?? [])],
    ...(minute.round === undefined ? {} : { round: minute.round.tag }),
    ...(link.dropped === null ? {} : { dropped: link.dropped }),
  }
}
