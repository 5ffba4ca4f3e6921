import { type Alike, alike, isReserved, repeated, type Told } from '../../shared/shown/alike.ts'
import { formatAlternatives } from '../../shared/verdict/describe.ts'
import type { Finding } from '../../shared/verdict/finding.ts'
import { REASONS } from '../../shared/verdict/reasons.ts'
import type { WordsById } from './line-words.ts'

/** One row of the table: a finding, or several of one table that say the same. */
export interface FoldedRow {
  readonly verdict: Finding['verdict']
  readonly id: string
  readonly name: string
  readonly place: string
  /** The finding, where it is one: its value and limit have columns of their own. */
  readonly finding: Finding | null
  /** Below the row: cause, what to do, and the command that looks at these lines alone. */
  readonly notes: readonly string[]
  /** How the profile reads a line that fails, from what; empty for others. */
  readonly source: string
}

/**
 * Findings as rows, what fails first; those of a table that say the same are one (shared/shown/alike.ts).
 * @param judged all that was judged, shown or not: lines are counted among them
 * @param all every finding a row of its own
 */
export function foldFindings(
  findings: readonly Finding[],
  judged: readonly Finding[],
  words: WordsById,
  all: boolean,
): readonly FoldedRow[] {
  const kinds = new Map(all ? [] : [...words].map(([id, { kind }]) => [id, kind] as const))
  const rows = alike(findings, judged, kinds).map(({ findings: group, table }) =>
    table === null ? rowOf(group[0], words) : foldedRow(group, table),
  )
  return rows.map((row, at) => withoutRepeats(row, rows[at - 1], rows[at + 1]))
}

function rowOf(finding: Finding, words: WordsById): FoldedRow {
  return {
    verdict: finding.verdict,
    id: finding.required ? finding.id : `(${finding.id})`,
    name: words.get(finding.id)?.name ?? finding.title,
    place: placeOf([finding]),
    finding,
    notes: notesOf(finding),
    source: finding.verdict === 'fail' ? (words.get(finding.id)?.source ?? '') : '',
  }
}

function foldedRow(
  group: Alike<Finding>['findings'],
  { id, name, ids }: NonNullable<Alike<Finding>['table']>,
): FoldedRow {
  const [first] = group
  const { verdict, reason } = first
  const { means, advice } = REASONS[reason]
  const passes = verdict === 'pass'
  const reservation = passes ? first.detail : ''
  const known = [ids.join(', '), reservation].filter((text) => text !== '').join('; ')
  const notes = [
    `${passes ? 'note' : 'cause'}: ${reason}: ${means} (${known})`,
    ...(advice === '' ? [] : [`do: ${advice}`]),
    ...(passes ? [] : [`again: voip-ready check --site FILE --only ${ids.join(',')}`]),
  ]
  return {
    ...{ verdict, id, name, place: placeOf(group), finding: null, source: '' },
    notes: passes && !isReserved(first) ? [] : notes,
  }
}

function notesOf(finding: Finding): string[] {
  const others = formatAlternatives(finding)
  const otherwise = others === '' ? '' : `by other statistics: ${others}`
  const { verdict, reason, detail, advice } = finding
  if (verdict === 'pass' && !isReserved(finding)) return otherwise === '' ? [] : [otherwise]
  const known = [detail, otherwise].filter((text) => text !== '').join('; ')
  const lead = verdict === 'pass' ? 'note' : 'cause'
  const cause = `${lead}: ${reason}: ${REASONS[reason].means}${known === '' ? '' : ` (${known})`}`
  if (advice === '') return [cause]
  // The command on a line of its own, where it can be copied whole.
  const [todo = '', ...again] = advice.split('; then: ')
  return [cause, `do: ${todo}`, ...again.map((command) => `again: ${command}`)]
}

/** `primary out`, `both`, `-`: where the findings of a row hold. */
function placeOf(group: readonly Finding[]): string {
  const ends = new Set(group.map(({ farEnd }) => farEnd).filter((name) => name !== 'none'))
  const legs = new Set(group.map(({ leg }) => leg).filter((name) => name !== 'none'))
  const end = ends.size > 1 ? 'both' : [...ends].join('')
  const leg = legs.size > 1 ? '' : [...legs].join('')
  return [end, leg].filter((part) => part !== '').join(' ') || '-'
}

/** A line that follows its like does not say its name again; what both are to do stands below the last. */
function withoutRepeats(
  row: FoldedRow,
  before: FoldedRow | undefined,
  after: FoldedRow | undefined,
): FoldedRow {
  const like = (other: FoldedRow | undefined) =>
    other !== undefined && other.id === row.id && other.verdict === row.verdict
  const [cause = '', ...todo] = row.notes
  const source = row.source === '' || like(after) ? [] : [`source: ${row.source}`]
  const own = { all: [], todo: [cause], nothing: [cause, ...source, ...todo] }
  const again = repeated(toldOf(row), after && toldOf(after))
  const notes = own[again].filter((note) => note !== '')
  // Rows that stand for several lines have names of their own, under one id.
  const named = row.finding === null || !like(before)
  return { ...row, name: named ? row.name : '', notes }
}

function toldOf({ id, verdict, notes: [cause = '', ...todo] }: FoldedRow): Told {
  return { id, verdict, cause, todo: todo.join('\n') }
}
