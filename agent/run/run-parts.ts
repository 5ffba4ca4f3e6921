import type { Observation } from '../../shared/record/kinds.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import type { RunPart } from '../../shared/record/record.ts'
import { decides } from '../../shared/verdict/runs.ts'
import type { Minute } from './record.ts'
import { MOST_OF_RECORD, MOST_PARTS, packed, sizeOf } from './round-queue.ts'

/** A run that is over, as the record chain takes it. */
export interface FinishedRun
  extends Pick<RunPart, 'id' | 'kind' | 'by' | 'entered' | 'lines' | 'from' | 'to'> {
  /** How long it took by the monotonic clock, milliseconds. */
  readonly monotonicMs: number
  readonly outcome: Exclude<RunPart['outcome'], 'lost'>
  /** Why nothing of it is here; null: it is. */
  readonly lost: RunPart['lost'] | null
  /** The profile that it was made by; null where nobody knows any more. */
  readonly profileSha256: string | null
  readonly observations: readonly Observation[]
  /** What reflectors signed of its streams, or why they did not. */
  readonly evidence: readonly StreamEvidence[]
}

/** What became of a run in the record chain. */
export interface RunKept {
  readonly records: number
  /** Why what it showed is in none of them, or not all of it; null: it is. */
  readonly lost: NonNullable<RunPart['lost']> | 'spool' | null
}

/** What was seen, and what stands behind it: no verifier looks for that in another record. */
interface Backed {
  readonly seen: Observation
  readonly evidence: readonly StreamEvidence[]
}

/** A window may not be longer than a day, and nobody needs more of a run that was lost. */
const MOST_LOST_MS = 60_000
/** More is no record (shared/record/record.ts). */
const MOST_OBSERVATIONS = 64
const TOO_LARGE = 'too-large' satisfies StreamEvidence['oneSided']

/**
 * A run as what becomes records of its own: all with the time of the whole run, since none of them may
 * be dated from before what the agent has seen of the log by then. What cannot be kept whole is said
 * to be lost: a part of a ramp would tell less than it seems to.
 */
export function partsOfRun(run: FinishedRun, profileSha256: string): Minute[] {
  const telling = run.observations.filter((seen) => tellsOf(run, seen))
  const other = run.profileSha256 !== null && run.profileSha256 !== profileSha256
  const lost = run.lost ?? (other ? 'profile-changed' : null)
  if (lost !== null) return [lostRun(run, lost)]
  const backed = telling.map((seen) => ({ seen, evidence: evidenceOf(seen, run.evidence) }))
  const chunks = fitting(backed) ?? fitting(backed.map(withoutReceipts))
  if (chunks === null) return [lostRun(run, 'too-large')]
  return chunks.map((chunk, at) => {
    const tag = { ...tagOf(run), outcome: run.outcome, part: at + 1, parts: chunks.length }
    const evidence = chunk.flatMap((one) => one.evidence)
    return {
      ...minuteOf(run, run.from, { tag, observations: chunk.map(({ seen }) => seen) }),
      ...(evidence.length === 0 ? {} : { evidence }),
    }
  })
}

/** Of load its steps alone; of a check all that it looked at. */
function tellsOf({ kind }: Pick<RunPart, 'kind'>, seen: Observation): boolean {
  return !decides({ kind }) || seen.kind === 'qos' || (seen.kind === 'stream' && seen.ramp === true)
}

function evidenceOf(seen: Observation, evidence: readonly StreamEvidence[]): StreamEvidence[] {
  return evidence.filter(({ farEnd, segment, from, qos }) => {
    if (farEnd !== seen.farEnd) return false
    if (seen.kind === 'qos') return qos !== undefined
    const ofStream = seen.kind === 'stream' && qos === undefined
    return ofStream && from === seen.from && segment === seen.segment
  })
}

/** Null where it is more than a run may take, or one of it more than a record. */
function fitting(backed: readonly Backed[]): Backed[][] | null {
  const sizeOfOne = ({ seen, evidence }: Backed) =>
    Math.max(MOST_OF_RECORD / MOST_OBSERVATIONS, sizeOf([seen, ...evidence]))
  const chunks = packed(backed, MOST_OF_RECORD, sizeOfOne)
  const tooLarge = chunks.some((chunk) => sizeOf(chunk) > MOST_OF_RECORD)
  return tooLarge || chunks.length > MOST_PARTS ? null : chunks
}

/** One-sided, since that is better than lost. */
function withoutReceipts({ seen, evidence }: Backed): Backed {
  return { seen, evidence: evidence.map((one) => ({ ...one, receipts: [], oneSided: TOO_LARGE })) }
}

function lostRun(run: FinishedRun, lost: NonNullable<RunPart['lost']>): Minute {
  const tag: RunPart = { ...tagOf(run), outcome: 'lost', lost, part: 1, parts: 1 }
  return minuteOf(run, Math.max(run.from, run.to - MOST_LOST_MS), { tag, observations: [] })
}

function minuteOf(
  { to, monotonicMs }: FinishedRun,
  from: number,
  run: NonNullable<Minute['run']>,
): Minute {
  return { from, to, monotonicMs: Math.min(monotonicMs, to - from), observations: [], run }
}

function tagOf({ id, kind, by, entered, lines, from, to }: FinishedRun) {
  return {
    ...{ id, kind, by, from, to },
    ...(entered === undefined ? {} : { entered }),
    ...(lines === undefined ? {} : { lines }),
  }
}
