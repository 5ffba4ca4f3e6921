import type { ClauseAnswer, Determination } from '../../shared/eligibility/clause-schema.ts'
import type { Eligibility } from '../../shared/eligibility/document.ts'
import { utcSpan, utcText } from '../../shared/eligibility/scope.ts'
import { wayBackText } from '../../shared/eligibility/terms.ts'
import { renderTable, wrap } from '../cli/table.ts'
import { renderAround } from './render-around.ts'

const WIDTH = 100

const COLUMNS = [
  { title: 'line' },
  { title: 'leg' },
  { title: 'far end' },
  { title: 'answer', wrapTo: 13 },
  { title: 'on whose word', wrapTo: 10 },
  { title: 'last determination', wrapTo: 16 },
  { title: 'during', wrapTo: 10 },
  { title: 'first pass after', wrapTo: 11 },
] as const

/** The document for a person, at most 100 columns wide, without colour. */
export function renderEligibility(found: Eligibility): string {
  const { outage, reference, evidence, contract, counts } = found
  const { profile } = contract
  const judged =
    profile === null
      ? 'profile: not in the bundle'
      : `profile ${profile.id} ${profile.version} (${profile.sha256.slice(0, 16)})`
  const head = [
    `Eligibility, site ${found.site}, outage ${outage.ref}: ${utcSpan(outage)}`,
    `${evidence.bundle.file}, sha256 ${evidence.bundle.sha256}`,
    `${evidence.says} (${evidence.invalid} invalid, ${evidence.suspicious} suspicious, ${evidence.missing} missing)`,
    judged,
    '',
    found.question,
    ...(evidence.state === 'invalid'
      ? ['THE EVIDENCE IS INVALID: nothing is determined by it.']
      : []),
    `MET ${counts.met}, NOT MET ${counts.notMet}, CANNOT BE DETERMINED ${counts.cannot}. ${found.sentence}.`,
    `Reference: ${utcSpan(reference)}. ${reference.rule}`,
    found.decides,
    '',
  ]
  const rows = found.answers.map((answer) => ({ cells: cellsOf(answer), below: belowOf(answer) }))
  const table = rows.length === 0 ? ['no line was judged'] : renderTable(COLUMNS, rows, WIDTH)
  const back = wayBackText(found.answers)
  const words = back === null ? [] : ['', ...wrap(back, WIDTH)]
  const text = head.flatMap((line) => wrap(line, WIDTH))
  const lines = [...text, ...table, ...words, '', ...renderAround(found)]
  return `${lines.join('\n')}\n`
}

function cellsOf(one: ClauseAnswer): string[] {
  const { id, leg, farEnd, segment, required, answer, standing, lastBefore, firstPassAfter } = one
  const at = leg === 'none' ? '' : leg
  const end = segment ?? (farEnd === 'none' ? '' : farEnd)
  return [
    required ? id : `(${id})`,
    ...[at, end, answer, WORDS[standing], determination(lastBefore), duringOf(one)],
    firstPassAfter === null ? '' : utcText(firstPassAfter.from).slice(5),
  ]
}

const WORDS = { 'both-sides': 'both', 'one-side': 'agent', unproven: 'unproven' } as const

function determination(said: Determination | null): string {
  if (said === null) return 'none'
  const value = said.value === null ? '' : ` ${valueText(said)}`
  return `${utcText(said.from).slice(5)} ${said.verdict}${value}`
}

/** A value in its unit, to three digits. */
function valueText({ value, unit }: Pick<Determination, 'value' | 'unit'>): string {
  if (value === null) return ''
  if (unit === 'ratio') return `${Number((value * 100).toPrecision(3))} %`
  return `${Number(value.toPrecision(3))}${unit === 'ms' || unit === 'kbit/s' ? ` ${unit}` : ''}`
}

function duringOf({ tally }: ClauseAnswer): string {
  const { quarterHours, met, notMet, undetermined } = tally.during
  if (quarterHours === 0) return 'not here'
  const parts = [
    [met, 'met'],
    [notMet, 'failed'],
    [undetermined, 'open'],
  ] as const
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ')
}

function belowOf({ answer, asClaimed, why, coverage, title, worst }: ClauseAnswer): string[] {
  const percent = (part: number) => `${Math.floor(part * 1000) / 10} %`
  const seen = coverage.reference.seen
  const shares = `decided ${percent(coverage.reference.determined)} of the reference${seen === null ? '' : `, seen ${percent(seen)}`}`
  const claimed = answer === asClaimed ? '' : `; taken at its word it would be ${asClaimed}`
  const worse =
    worst?.state === 'not-met'
      ? [`worst: ${utcText(worst.from)} ${valueText(worst)}; ${worst.detail}`]
      : []
  return [`${title}: ${why}; ${shares}${claimed}`, ...worse]
}
