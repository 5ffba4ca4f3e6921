import type { Finding, Verdict } from '../../shared/verdict/finding.ts'
import { REASONS } from '../../shared/verdict/reasons.ts'
import type { Paint } from '../cli/colour.ts'
import { type Column, type Row, renderTable } from '../cli/table.ts'
import { limitText, valueText } from './figures.ts'

const COLUMNS: readonly Column[] = [
  { title: 'id' },
  { title: 'what', wrapTo: 14 },
  { title: 'leg' },
  { title: 'far end' },
  { title: 'value', wrapTo: 12 },
  { title: 'limit' },
  { title: 'verdict' },
  { title: 'reason', wrapTo: 12 },
]
const VERDICT_COLUMN = 6

export const WIDTH = 100

const RANK: { readonly [V in Verdict]: number } = {
  fail: 0,
  inconclusive: 1,
  pass: 2,
  'not-tested': 3,
}

/** The findings as one table: what fails first, each with its cause and what to do about it. */
export function renderFindings(findings: readonly Finding[], paint: Paint): string[] {
  const ordered = [...findings].sort((a, b) => RANK[a.verdict] - RANK[b.verdict])
  const rows = ordered.map((finding, at): Row => {
    const next = ordered[at + 1]
    const before = ordered[at - 1]
    const told = before?.id === finding.id && before.verdict === finding.verdict
    return {
      cells: cellsOf(finding, told ? '' : finding.title),
      // Legs that share cause and advice share the words below the last of them.
      below: next !== undefined && sameCause(finding, next) ? [] : notesOf(finding),
      paint: (column, text) =>
        column === VERDICT_COLUMN ? paintVerdict(finding.verdict, text, paint) : text,
    }
  })
  return renderTable(COLUMNS, rows, WIDTH)
}

export function paintVerdict(verdict: Verdict, text: string, paint: Paint): string {
  if (verdict === 'fail') return paint.red(text)
  if (verdict === 'pass') return paint.green(text)
  return verdict === 'inconclusive' ? paint.yellow(text) : paint.dim(text)
}

/** A line that follows its like does not say again what it is about. */
function cellsOf(finding: Finding, title: string): string[] {
  return [
    finding.required ? finding.id : `(${finding.id})`,
    title,
    finding.leg === 'none' ? '-' : finding.leg,
    finding.farEnd === 'none' ? '-' : finding.farEnd,
    valueText(finding),
    limitText(finding),
    finding.verdict,
    finding.reason,
  ]
}

function notesOf(finding: Finding): string[] {
  if (finding.verdict !== 'fail' && finding.verdict !== 'inconclusive') return []
  const cause = REASONS[finding.reason].means
  const detail = finding.detail === '' ? '' : ` (${finding.detail})`
  const advice = finding.advice === '' ? [] : [`do: ${finding.advice}`]
  return [`cause: ${cause}${detail}`, ...advice]
}

function sameCause(a: Finding, b: Finding): boolean {
  return a.id === b.id && a.verdict === b.verdict && notesOf(a).join('\n') === notesOf(b).join('\n')
}
