import { counted } from '../counted.ts'
import type { Digest } from './digest.ts'
import { type Block, type Cell, cells, VERDICT_WORDS, verdictCell } from './document.ts'
import { voiceAt } from './month.ts'
import { isMeasured, placeText } from './voice.ts'
import { span, stamp, type Zone } from './zone.ts'

/** A case of the provider, to lie beside what was measured. */
export interface SupportCase {
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
}

/** A row per case: the state before, during and after it. */
export function caseBlocks(
  digest: Digest,
  cases: readonly SupportCase[] | null,
  zone: Zone,
): readonly Block[] {
  if (cases === null) {
    return [
      { kind: 'text', text: 'No list of cases was given (--cases FILE.csv with case, from, to).' },
    ]
  }
  if (cases.length === 0) return [{ kind: 'text', text: 'The list of cases is empty.' }]
  return [
    {
      kind: 'table',
      caption: 'State of delay, jitter, loss and mark around each case, by its number',
      columns: [
        { title: 'Case', share: 20 },
        { title: 'Time', share: 28 },
        { title: 'Quarter hour before', share: 20 },
        { title: 'During', share: 30 },
        { title: 'First pass after', share: 24 },
      ],
      rows: cases.map((one) => caseRow(digest, one, zone)),
    },
  ]
}

function caseRow(digest: Digest, one: SupportCase, zone: Zone): readonly Cell[] {
  const { quarters } = digest
  const first = quarters.findIndex(({ to }) => to > one.fromMs)
  const inside = quarters.flatMap(({ from, to }, step) =>
    to > one.fromMs && from < one.toMs ? [step] : [],
  )
  const time = span(one.fromMs, one.toMs, zone)
  if (inside.length === 0) return cells(one.id, time, 'not in this month', '', '')
  const before: Cell =
    first > 0 ? verdictCell(voiceAt(digest, first - 1)) : { text: 'not in this month' }
  const last = inside.at(-1) ?? 0
  const passed = quarters.findIndex((_, step) => step > last && voiceAt(digest, step) === 'pass')
  const after = passed === -1 ? 'none in this month' : stamp(quarters[passed]?.from ?? 0, zone)
  return cells(one.id, time, before, during(digest, inside), after)
}

function during(digest: Digest, steps: readonly number[]): Cell {
  const found = steps.map((step) => voiceAt(digest, step))
  const said = (['fail', 'inconclusive', 'not-tested', 'pass'] as const)
    .map(
      (verdict) => [found.filter((one) => one === verdict).length, VERDICT_WORDS[verdict]] as const,
    )
    .filter(([count]) => count > 0)
  const failing = digest.lines.filter(
    (line) => isMeasured(line) && steps.some((step) => line.verdicts[step] === 'fail'),
  )
  return {
    text: `${counted(steps.length, 'quarter hour')}: ${said.map(([count, word]) => `${count} ${word}`).join(', ')}`,
    below: failing.map((line) => `${line.id} ${placeText(line)}`).join('; '),
  }
}
