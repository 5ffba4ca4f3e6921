import type { Observation } from '../../shared/record/kinds.ts'
import type { RunPart } from '../../shared/record/record.ts'
import type { Minute } from './record.ts'
import { MOST_OF_RECORD, MOST_PARTS, packed, sizeOf } from './round-queue.ts'

/** A run that is over, as the record chain takes it. */
export interface FinishedRun extends Pick<RunPart, 'id' | 'kind' | 'by' | 'from' | 'to'> {
  /** How long it took by the monotonic clock, milliseconds. */
  readonly monotonicMs: number
  readonly outcome: Exclude<RunPart['outcome'], 'lost'>
  /** Why nothing of it is here; null: it is. */
  readonly lost: RunPart['lost'] | null
  /** The profile that it was made by; null where nobody knows any more. */
  readonly profileSha256: string | null
  readonly observations: readonly Observation[]
}

/** A window may not be longer than a day, and nobody needs more of a run that was lost. */
const MOST_LOST_MS = 60_000

/**
 * A run as what becomes records of its own: all with the time of the whole run, since none of them may
 * be dated from before what the agent has seen of the log by then. What cannot be kept whole is said
 * to be lost: a part of a ramp would tell less than it seems to.
 */
export function partsOfRun(run: FinishedRun, profileSha256: string): Minute[] {
  const telling = run.observations.filter(
    (seen) => seen.kind === 'qos' || (seen.kind === 'stream' && seen.ramp === true),
  )
  const other = run.profileSha256 !== null && run.profileSha256 !== profileSha256
  const lost = run.lost ?? (other ? 'profile-changed' : null)
  if (lost !== null) return [lostRun(run, lost)]
  const chunks = packed(telling, MOST_OF_RECORD)
  const tooLarge = chunks.some((chunk) => sizeOf(chunk) > MOST_OF_RECORD)
  if (tooLarge || chunks.length > MOST_PARTS) return [lostRun(run, 'too-large')]
  return chunks.map((observations, at) => {
    const tag = { ...tagOf(run), outcome: run.outcome, part: at + 1, parts: chunks.length }
    return minuteOf(run, run.from, { tag, observations })
  })
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

function tagOf({ id, kind, by, from, to }: FinishedRun) {
  return { id, kind, by, from, to }
}
