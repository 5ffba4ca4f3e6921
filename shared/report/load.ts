import type { SeenRecord } from '../evidence/verify-items.ts'
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
  const runs = new Map<string, SeenRecord[]>()
  for (const seen of records) {
    const { run, agent } = seen.record
    if (run === undefined) continue
    const key = `${agent} ${run.id}`
    runs.set(key, [...(runs.get(key) ?? []), seen])
  }
  if (runs.size === 0) {
    const text =
      'No run of load is in this bundle. Priority needs one (qos), and so does bandwidth (capacity) ' +
      'unless the voice itself was as many calls as the peak.'
    return [{ kind: 'text', text }]
  }
  const rows = [...runs.values()].map((parts) => rowOf(parts, digest))
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

function rowOf(parts: readonly SeenRecord[], { toMs }: Digest): readonly Cell[] {
  const run = parts[0]?.record.run
  if (run === undefined) return cells('', '', '', '')
  const { kind, by, id, from, to, outcome } = run
  const signed = parts.every(({ proven }) => proven) ? 'signed' : 'claimed only'
  const age = to <= toMs ? length(toMs - to) : 'after the time of this report'
  const seen = [...parts]
    .sort((a, b) => (a.record.run?.part ?? 0) - (b.record.run?.part ?? 0))
    .flatMap(({ observations }) => observations())
  const whole = outcome !== 'lost' && parts.length >= run.parts
  const missing = `${run.parts - parts.length} of ${run.parts} parts are not here: it counts for nothing`
  const why = run.lost === undefined ? missing : `lost: ${LOST[run.lost]}`
  const measured = whole ? measuredText(seen) : why
  return cells(
    { text: kind, below: `${id.slice(0, 8)}, asked by the ${by}` },
    { text: stamp(from), below: `to ${stamp(to)}` },
    { text: age, below: `holds until ${stamp(to + RUN_HOLDS_MS)}` },
    { text: measured, below: outcome === 'cancelled' ? `cancelled, ${signed}` : signed },
  )
}

function measuredText(seen: readonly Observation[]): string {
  const texts = (['primary', 'secondary'] as const).flatMap((farEnd) => {
    const steps = seen.filter((one) => one.kind === 'stream').filter((o) => o.farEnd === farEnd)
    const calls = steps.map((one) => one.calls).join(', ')
    const ramp = `${farEnd}: ${calls} calls ${steps[0]?.codec} each way, one number after the other`
    const looks = seen.filter((one) => one.kind === 'qos').filter((o) => o.farEnd === farEnd)
    const loads = looks.map(({ before, loaded, capKbit, ended }) => {
      const most = Math.round(loaded?.load?.kbit ?? 0)
      const pair = `${before.marked.calls} marked and ${before.plain.calls} unmarked calls`
      return `${farEnd}: ${pair} beside ${most} kbit/s of best effort, ${capKbit} allowed; ended: ${ended}`
    })
    return [...(steps.length === 0 ? [] : [ramp]), ...loads]
  })
  return texts.join('. ') || 'nothing'
}
