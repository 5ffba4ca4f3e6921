import { counted } from '../counted.ts'
import { askedBy, type RunSeen, runsIn, wordOf } from '../evidence/seen-runs.ts'
import type { SeenRecord } from '../evidence/verify-items.ts'
import type { FarEndName } from '../profile/site.ts'
import type { Verdict } from '../verdict/finding.ts'
import { decides, RUN_HOLDS_MS, RUN_OF, tells } from '../verdict/runs.ts'
import type { Digest } from './digest.ts'
import { type Block, type Cell, cells, VERDICT_WORDS, verdictCell } from './document.ts'
import { FAR_ENDS, NO_RUN, offeredText } from './load.ts'
import { type LineTime, worstOf } from './timeline.ts'
import { placeText } from './voice.ts'
import { length, span, type Zone } from './zone.ts'

/**
 * Runs on demand of a month, with those from before it that held into it: when, who asked, what came
 * of it, and what was judged of its lines while it held. Lost ones and those without all their parts
 * are listed too.
 */
export function monthRunBlocks(
  records: readonly SeenRecord[],
  digest: Digest,
  zone: Zone,
): readonly Block[] {
  const { fromMs, toMs } = digest
  const runs = runsIn(records)
    .filter(({ run }) => decides(run) && run.from < toMs && run.to + RUN_HOLDS_MS > fromMs)
    .sort((a, b) => a.run.to - b.run.to || (a.run.id < b.run.id ? -1 : 1))
  if (runs.length === 0) return [{ kind: 'text', text: NO_RUN }]
  return [
    {
      kind: 'table',
      caption: `Load made on purpose. What a run shows holds for ${length(RUN_HOLDS_MS)}, the newest of a kind at a far end; the last column is what was judged of its lines meanwhile`,
      columns: [
        { title: 'Run', share: 20 },
        { title: 'When', share: 22 },
        { title: 'Far end', share: 14 },
        { title: 'What it offered', share: 40 },
        { title: 'Its lines while it held', share: 40 },
      ],
      rows: runs.flatMap((one, at) => rowsOf(one, runs.slice(at + 1), digest, zone)),
    },
  ]
}

const UNDECIDED = 'it decided no line'

function rowsOf(
  one: RunSeen,
  later: readonly RunSeen[],
  digest: Digest,
  zone: Zone,
): (readonly Cell[])[] {
  const { run, seen, signed, why } = one
  const head = [
    { text: run.kind, below: `${run.id.slice(0, 8)}, ${askedBy(run)}` },
    {
      text: span(run.from, run.to, zone),
      below: run.to <= digest.fromMs ? 'before the month, and held into it' : '',
    },
  ]
  const word = wordOf(run, signed)
  if (seen === null) {
    return [cells(...head, 'not known', { text: why, below: word }, UNDECIDED)]
  }
  const rows = FAR_ENDS.flatMap((farEnd) => {
    const offered = offeredText(seen, farEnd)?.replaceAll(`${farEnd}: `, '')
    if (offered === undefined) return []
    const newer = later.find((other) => other.run.kind === run.kind && spoke(other, farEnd))
    const heldTo = Math.min(run.to + RUN_HOLDS_MS, newer?.run.to ?? Number.POSITIVE_INFINITY)
    const asked = { ...digest, kind: run.kind, farEnd, heldFrom: run.to, heldTo }
    const judged = spoke(one, farEnd) ? judgedCell(asked) : UNDECIDED
    return [cells(...head, farEnd, { text: offered, below: word }, judged)]
  })
  if (rows.length > 0) return rows
  return [cells(...head, 'none', { text: 'nothing', below: word }, UNDECIDED)]
}

/** True where load was offered to this far end: what came of it takes the place of what was before. */
function spoke({ run, seen }: RunSeen, farEnd: FarEndName): boolean {
  return seen?.some((one) => one.farEnd === farEnd && tells(run, one)) === true
}

interface Asked extends Pick<Digest, 'quarters' | 'lines'> {
  readonly kind: string
  readonly farEnd: FarEndName
  readonly heldFrom: number
  readonly heldTo: number
}

/** Verdicts of the lines that such a run decides, of the quarter hours at whose end it held. */
function judgedCell({ quarters, lines, kind, farEnd, heldFrom, heldTo }: Asked): Cell {
  const steps = quarters.flatMap(({ to }, step) => (to >= heldFrom && to < heldTo ? [step] : []))
  const own = lines.filter((line) => RUN_OF[line.kind] === kind && line.farEnd === farEnd)
  const all = own.flatMap((line) => steps.flatMap((step) => line.verdicts[step] ?? []))
  if (all.length === 0) return { text: 'no quarter hour of this month was judged by it' }
  const said = own.map((line) => lineText(line, steps))
  return verdictCell(worstOf(all), said.join('; '))
}

function lineText(line: LineTime, steps: readonly number[]): string {
  const place = placeText({ ...line, farEnd: 'none' })
  const where = place === 'site' ? line.id : `${line.id} ${place}`
  const counts = new Map<Verdict, number>()
  for (const step of steps) {
    const verdict = line.verdicts[step]
    if (verdict != null) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  }
  const told = [...counts].map(
    ([verdict, count]) =>
      `${VERDICT_WORDS[verdict].toLowerCase()} in ${counted(count, 'quarter hour')}`,
  )
  return `${where}: ${told.join(', ') || 'not judged'}`
}
