import type { Observation } from '../../shared/record/kinds.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import type {
  AgentRecord,
  Fork,
  RoundPart,
  RunPart,
  SeenCheckpoint,
} from '../../shared/record/record.ts'
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
  readonly clock?: NonNullable<AgentRecord['clock']>
  readonly evidence?: readonly StreamEvidence[]
  /** A part of a round of the other checks that goes with this minute. */
  readonly round?: { readonly tag: RoundPart; readonly observations: readonly Observation[] }
  /** A part of a run instead of a minute. */
  readonly run?: { readonly tag: RunPart; readonly observations: readonly Observation[] }
}

/**
 * The payload's bytes. Stamps are whole nanoseconds, so what arithmetic on them leaves below a
 * millionth of a millisecond is noise that would be signed, sent and kept for years.
 */
export function payloadOf(record: AgentRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record, toNanoseconds))
}

function toNanoseconds(_name: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isInteger(value)) return value
  return Math.round(value * 1e6) / 1e6
}

/** What the agent holds of the collector's log, as its next record says it. */
export interface LogWord {
  /** The newest checkpoint that was verified. */
  readonly seen?: SeenCheckpoint
  readonly fork?: Fork
}

/** The record of one minute at its place in the agent's chain. */
export function buildRecord(
  head: RecordHead,
  minute: Minute,
  link: Link,
  { seen, fork }: LogWord = {},
): AgentRecord {
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
    ...(minute.clock === undefined ? {} : { clock: minute.clock }),
    ...(seen === undefined ? {} : { seen }),
    ...(fork === undefined ? {} : { fork }),
    observations: [
      ...minute.observations,
      ...(minute.round?.observations ?? []),
      ...(minute.run?.observations ?? []),
    ],
    ...(minute.evidence === undefined ? {} : { evidence: [...minute.evidence] }),
    ...(minute.round === undefined ? {} : { round: minute.round.tag }),
    ...(minute.run === undefined ? {} : { run: minute.run.tag }),
    ...(link.dropped === null ? {} : { dropped: link.dropped }),
  }
}
