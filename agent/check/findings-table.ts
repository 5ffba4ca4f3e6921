import { asAsked } from '../../shared/plan/asked-again.ts'
import type { AskedAtCollector } from '../../shared/plan/run.ts'
import type { Finding, Verdict } from '../../shared/verdict/finding.ts'
import type { Paint } from '../cli/colour.ts'
import { type Column, type Row, renderTable } from '../cli/table.ts'
import { asCalled, type Called } from './again.ts'
import { limitText, valueText } from './figures.ts'
import { type FoldedRow, foldFindings } from './fold.ts'
import type { WordsById } from './line-words.ts'

const COLUMNS: readonly Column[] = [
  { title: 'verdict' },
  { title: 'id' },
  { title: 'what', wrapTo: 14 },
  { title: 'where' },
  { title: 'value', wrapTo: 12 },
  { title: 'limit' },
]
const VERDICT_COLUMN = 0

export const WIDTH = 100

/** How a table is written, and for whom. */
export interface TableView {
  /** What it calls each line. */
  readonly words: WordsById
  readonly paint: Paint
  /** Also the lines of a table that say the same, one by one. */
  readonly all?: boolean
  /** All that was judged, where not all of it is shown. */
  readonly judged?: readonly Finding[]
  /** How this command was called; left out: FILE and N stand in the commands that are advised. */
  readonly called?: Called
  /** How runs are asked for instead, where that was done at a collector. */
  readonly asked?: AskedAtCollector
}

/**
 * The findings as one table, a line each: what fails first, with its cause, what to do about it and
 * the command that looks at it again below.
 */
export function renderFindings(findings: readonly Finding[], view: TableView): string[] {
  const { words, paint, judged = findings, all = false } = view
  const rows = foldFindings(findings, judged, words, all).map(
    (row): Row => ({
      cells: cellsOf(row),
      below: row.notes.map((note) => runnable(note, view)),
      paint: (column, text) =>
        column === VERDICT_COLUMN ? paintVerdict(row.verdict, text, paint) : text,
    }),
  )
  return renderTable(COLUMNS, rows, WIDTH)
}

function runnable(note: string, { called, asked }: TableView): string {
  if (asked !== undefined) return asAsked(note, asked)
  return called === undefined ? note : asCalled(note, called)
}

export function paintVerdict(verdict: Verdict, text: string, paint: Paint): string {
  if (verdict === 'fail') return paint.red(text)
  if (verdict === 'pass') return paint.green(text)
  return verdict === 'inconclusive' ? paint.yellow(text) : paint.dim(text)
}

function cellsOf({ verdict, id, name, place, finding }: FoldedRow): string[] {
  if (finding === null) return [verdict, id, name, place, '-', '-']
  // A line that nobody looked at has no value; why nobody did stands in its place.
  const value = verdict === 'not-tested' ? finding.reason : valueText(finding)
  return [verdict, id, name, place, value, limitText(finding)]
}
