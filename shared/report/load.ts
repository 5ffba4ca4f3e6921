import type { SeenRecord } from '../evidence/verify-items.ts'
import type { FarEndName } from '../profile/site.ts'
import type { Observation } from '../record/kinds.ts'
import type { RunPart } from '../record/record.ts'
import { RUN_HOLDS_MS } from '../verdict/runs.ts'
import type { Digest } from './digest.ts'
import { type Block, type Cell, cells } from './document.ts'
import { length, stamp } from './zone.ts'

const LOST: { readonly [L in NonNullable<RunPart['lost']>]: string } = {
  'agent-ended': 'the agent ended before it was written',
  failed: 'the run failed',
  'profile-changed': 'the profile changed meanwhile',
  'too-large': 'it was too large for records',
}

export const FAR_ENDS = ['primary', 'secondary'] as const

/** What a report says that shows no run. */
export const NO_RUN =
  'No run of load is in this bundle. Priority needs one (qos), and so does bandwidth (capacity) ' +
  'unless the voice itself was as many calls as the peak.'

/**
 * Runs of load that the bundle holds: what was offered, to which limits, how old it is and how long it
 * holds.
 * @param apart why quarter hours at the beginning are set apart; null: none are
 */
export function loadBlocks(
  records: readonly SeenRecord[],
  digest: Digest,
  apart: string | null,
): readonly Block[] {
  const runs = runsIn(records)
  if (runs.length === 0) return [{ kind: 'text', text: NO_RUN }]
  const rows = runs.map((run) => rowOf(run, digest))
  return [
    {
      kind: 'table',
      caption: `Made on purpose; what they show holds for ${length(RUN_HOLDS_MS)}, the newest of a kind at a far end`,
      columns: [
        { title: 'Run', share: 18 },
        { title: 'When', share: 22 },
        { title: 'Age', share: 16 },
        { title: 'Measured', share: 60 },
      ],
      rows,
    },
    ...(apart === null ? [] : [{ kind: 'text', text: apart } as const]),
  ]
}

/** A run as a bundle holds it: all its parts, or what is here of them. */
export interface RunSeen {
  readonly agent: string
  readonly run: RunPart
  /** By whose signatures all of what is here stands. */
  readonly signed: string
  /** What it showed; null: it was lost, or not all of it is here, and it counts for nothing. */
  readonly seen: readonly Observation[] | null
  /** Why it counts for nothing; empty where it does count. */
  readonly why: string
}

/** The runs of load in these records, as they were logged. */
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
    const why = lost !== '' || here >= run.parts ? lost : missing
    const sorted = [...parts].sort((a, b) => (a.record.run?.part ?? 0) - (b.record.run?.part ?? 0))
    return {
      ...{ agent: parts[0]?.record.agent ?? '', run, why },
      signed: parts.every(({ proven }) => proven) ? sidesText(parts) : 'claimed only',
      seen: why === '' ? sorted.flatMap(({ observations }) => observations()) : null,
    }
  })
}

function rowOf({ run, signed, seen, why }: RunSeen, { toMs }: Digest): readonly Cell[] {
  const { kind, by, id, from, to } = run
  const age = to <= toMs ? length(toMs - to) : 'after the time of this report'
  const measured = FAR_ENDS.flatMap((farEnd) => offeredText(seen ?? [], farEnd) ?? []).join('. ')
  return cells(
    { text: kind, below: `${id.slice(0, 8)}, asked by the ${by}` },
    { text: stamp(from), below: `to ${stamp(to)}` },
    { text: age, below: `holds until ${stamp(to + RUN_HOLDS_MS)}` },
    { text: seen === null ? why : measured || 'nothing', below: wordOf(run, signed) },
  )
}

/** On whose word a run stands, and whether somebody ended it. */
export function wordOf({ outcome }: RunPart, signed: string): string {
  return outcome === 'cancelled' ? `cancelled, ${signed}` : signed
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

/** What a run offered to a far end; null: nothing. */
export function offeredText(seen: readonly Observation[], farEnd: FarEndName): string | null {
  const here = seen.filter((one) => one.farEnd === farEnd)
  const steps = here.filter((one) => one.kind === 'stream')
  const calls = steps.map((one) => one.calls).join(', ')
  const ramp = `${farEnd}: ${calls} calls ${steps[0]?.codec} each way, one number after the other`
  const loads = here.flatMap((one) => {
    if (one.kind !== 'qos') return []
    const { before, loaded, capKbit, ended } = one
    const most = Math.round(loaded?.load?.kbit ?? 0)
    const pair = `${before.marked.calls} marked and ${before.plain.calls} unmarked calls`
    return [
      `${farEnd}: ${pair} beside ${most} kbit/s of best effort, ${capKbit} allowed; ended: ${ended}`,
    ]
  })
  const said = [...(steps.length === 0 ? [] : [ramp]), ...loads]
  return said.length === 0 ? null : said.join('. ')
}
