import type { Observation } from '../record/kinds.ts'
import type { RunPart } from '../record/record.ts'
import { utc } from './verify-entries.ts'
import type { SeenRecord } from './verify-items.ts'

const LOST: { readonly [L in NonNullable<RunPart['lost']>]: string } = {
  'agent-ended': 'the agent ended before it was written',
  failed: 'the run failed',
  'profile-changed': 'the profile changed meanwhile',
  'too-large': 'it was too large for records',
}

/** A run as a bundle holds it: all its parts, or what is here of them. */
export interface RunSeen {
  readonly agent: string
  readonly run: RunPart
  /** The profile that its first part names. */
  readonly profileSha256: string
  /** By whose signatures all of what is here stands. */
  readonly signed: string
  /** What it showed; null: it was lost, or not all of it is here, and it counts for nothing. */
  readonly seen: readonly Observation[] | null
  /** Why it counts for nothing; empty where it does count. */
  readonly why: string
}

/** The runs in these records, as they were logged. */
export function runsIn(records: readonly SeenRecord[]): RunSeen[] {
  const runs = new Map<string, { readonly run: RunPart; readonly parts: SeenRecord[] }>()
  for (const seen of records) {
    const { run, agent } = seen.record
    if (run === undefined) continue
    const key = `${agent} ${run.id}`
    const known = runs.get(key)
    if (known === undefined) runs.set(key, { run, parts: [seen] })
    else known.parts.push(seen)
  }
  return [...runs.values()].map(({ run, parts }) => {
    const lost = run.lost === undefined ? '' : `lost: ${LOST[run.lost]}`
    const here = new Set(parts.map(({ record }) => record.run?.part)).size
    const missing = `${run.parts - here} of ${run.parts} parts are not here: it counts for nothing`
    const strange = parts.some(({ unread }) => unread !== null)
    const known = strange ? 'it holds words that this build does not know' : ''
    const why = lost || (here < run.parts ? missing : known)
    const sorted = [...parts].sort((a, b) => (a.record.run?.part ?? 0) - (b.record.run?.part ?? 0))
    return {
      ...{ agent: parts[0]?.record.agent ?? '', run, why },
      profileSha256: parts[0]?.record.profile.sha256 ?? '',
      signed: parts.every(({ proven }) => proven) ? sidesText(parts) : 'claimed only',
      seen: why === '' ? sorted.flatMap(({ observations }) => observations()) : null,
    }
  })
}

/** On whose word a run stands, and whether somebody ended it. */
export function wordOf({ outcome }: RunPart, signed: string): string {
  return outcome === 'cancelled' ? `cancelled, ${signed}` : signed
}

/** What stands where a run has no verdict: of one that was lost nothing could be recomputed, ever. */
export function unjudged({ lost }: Pick<RunPart, 'lost'>, why: string): string {
  return lost === undefined ? `cannot be recomputed: ${why}` : why
}

/** Who asked for a run: by hand means at the agent's machine, and by its word alone. */
export function askedBy({ by, entered }: Pick<RunPart, 'by' | 'entered'>): string {
  if (by === 'collector') return 'asked by the collector'
  return entered === undefined
    ? 'by hand'
    : `by hand, entered by ${entered.by} at ${utc(entered.at)}`
}

/** On whose word a signed run rests: each step is a stream, and so is the load beside a look. */
function sidesText(parts: readonly SeenRecord[]): string {
  const all = { proven: 0, other: 0 }
  for (const { receipts } of parts) {
    all.proven += receipts.proven
    all.other += receipts.claimed + receipts.none
  }
  const { proven, other } = all
  if (proven + other === 0) return 'signed'
  if (proven === 0) return "signed by the agent alone: one side's word"
  const both = 'signed by the agent and by reflectors'
  return other === 0 ? both : `${both}, the latter of ${proven} of ${proven + other} streams`
}
