import { askedBy, type RunSeen, runsIn, wordOf } from '../evidence/seen-runs.ts'
import type { SeenRecord } from '../evidence/verify-items.ts'
import type { FarEndName } from '../profile/site.ts'
import type { Observation } from '../record/kinds.ts'
import { decides, RUN_HOLDS_MS } from '../verdict/runs.ts'
import type { Digest } from './digest.ts'
import { type Block, type Cell, cells } from './document.ts'
import { length, stamp } from './zone.ts'

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
  const runs = runsIn(records).filter(({ run }) => decides(run))
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

function rowOf({ run, signed, seen, why }: RunSeen, { toMs }: Digest): readonly Cell[] {
  const { kind, id, from, to } = run
  const age = to <= toMs ? length(toMs - to) : 'after the time of this report'
  const measured = FAR_ENDS.flatMap((farEnd) => offeredText(seen ?? [], farEnd) ?? []).join('. ')
  return cells(
    { text: kind, below: `${id.slice(0, 8)}, ${askedBy(run)}` },
    { text: stamp(from), below: `to ${stamp(to)}` },
    { text: age, below: `holds until ${stamp(to + RUN_HOLDS_MS)}` },
    { text: seen === null ? why : measured || 'nothing', below: wordOf(run, signed) },
  )
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
