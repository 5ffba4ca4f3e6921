import { formatAlternatives } from '../../shared/verdict/describe.ts'
import type { Finding } from '../../shared/verdict/finding.ts'
import { REASONS, type ReasonCode } from '../../shared/verdict/reasons.ts'
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

/** Tables of many lines alike; the general clauses always stand by themselves. */
const FOLDS: ReadonlyMap<string, string> = new Map([
  ['ports', 'port rows'],
  ['dns-a', 'A records'],
  ['dns-srv', 'SRV records'],
  ['dhcp-option', 'DHCP options'],
])
/** From so many lines on, those that share a reason for not being decided are told as one. */
const MANY = 3

/** Reasons for which a far end has no finding of a line that passes wherever it is asked for. */
const NOT_ASKED: ReadonlySet<ReasonCode> = new Set([
  'far-end-not-configured',
  'no-voice-leg',
  'waived',
])

/** Reasons of passes that are of what was seen alone, or within the contract by a hair: told where they stand. */
const TOLD: ReadonlySet<ReasonCode> = new Set([
  'accepted-with-warning',
  'handshake-only',
  'full-duplex',
  'priority-kept',
  'vlan-agrees',
])

/**
 * Findings as rows, what fails first. Lines of a table that pass, or that many of them could not be
 * decided for one reason, become one row; what fails never does, and what passes in one place alone
 * is not told as a line that passes.
 * @param judged all that was judged, shown or not: lines are counted among them
 * @param all every finding a row of its own
 */
export function foldFindings(
  findings: readonly Finding[],
  judged: readonly Finding[],
  words: WordsById,
  all: boolean,
): readonly FoldedRow[] {
  const groups = new Map<string, Finding[]>()
  const open = new Set(judged.filter(isOpen).map(({ id }) => id))
  for (const finding of [...findings].sort((a, b) => RANK[a.verdict] - RANK[b.verdict])) {
    const alone = all || (finding.verdict === 'pass' && open.has(finding.id))
    const key = alone ? placeKey(finding) : (foldKey(finding, words) ?? placeKey(finding))
    groups.set(key, [...(groups.get(key) ?? []), finding])
  }
  const rows = [...groups.values()].flatMap((group) => {
    const [first] = group
    const ids = new Set(group.map(({ id }) => id))
    const least = first?.verdict === 'pass' ? 2 : MANY
    if (first === undefined || all || ids.size < least) {
      return group.map((finding) => rowOf(finding, words))
    }
    return [foldedRow(first, group, [...ids], { words, judged })]
  })
  return rows.map((row, at) => withoutRepeats(row, rows[at - 1], rows[at + 1]))
}

/** Whether a line does not pass here, although it is asked for. */
function isOpen({ verdict, reason }: Finding): boolean {
  return verdict !== 'pass' && !NOT_ASKED.has(reason)
}

const RANK: { readonly [V in Finding['verdict']]: number } = {
  fail: 0,
  inconclusive: 1,
  pass: 2,
  'not-tested': 3,
}

function placeKey({ id, farEnd, leg, verdict }: Finding): string {
  return `${verdict}/${id}/${farEnd}/${leg}`
}

function foldKey({ id, verdict, reason }: Finding, words: WordsById): string | null {
  const line = words.get(id)
  if (line === undefined || !FOLDS.has(line.kind)) return null
  if (verdict === 'pass') return `pass ${line.table} ${line.kind} ${TOLD.has(reason) ? reason : ''}`
  return verdict === 'inconclusive' ? `${verdict} ${line.table} ${line.kind} ${reason}` : null
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
  first: Finding,
  group: readonly Finding[],
  ids: readonly string[],
  { words, judged }: { readonly words: WordsById; readonly judged: readonly Finding[] },
): FoldedRow {
  const line = words.get(first.id)
  const of = new Set(
    judged
      .filter(({ id }) => words.get(id)?.table === line?.table)
      .filter(({ id }) => words.get(id)?.kind === line?.kind)
      .map(({ id }) => id),
  ).size
  const { means, advice } = REASONS[first.reason]
  const again = `voip-ready check --site FILE --only ${ids.join(',')}`
  const notes = [
    `${first.verdict === 'pass' ? 'note' : 'cause'}: ${first.reason}: ${means} (${ids.join(', ')})`,
    ...(advice === '' ? [] : [`do: ${advice}`]),
    ...(first.verdict === 'pass' ? [] : [`again: ${again}`]),
  ]
  return {
    verdict: first.verdict,
    id: `${line?.table ?? first.id}-*`,
    name: `${ids.length} of ${of} ${FOLDS.get(line?.kind ?? '') ?? 'lines'}`,
    place: placeOf(group),
    finding: null,
    notes: first.verdict === 'pass' && !TOLD.has(first.reason) ? [] : notes,
    source: '',
  }
}

function notesOf(finding: Finding): string[] {
  const others = formatAlternatives(finding)
  const otherwise = others === '' ? '' : `by other statistics: ${others}`
  const { verdict, reason, detail, advice } = finding
  if (verdict === 'pass' && !TOLD.has(reason)) return otherwise === '' ? [] : [otherwise]
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
  const [nextCause, ...nextTodo] = after?.notes ?? []
  const shared = like(after) && nextTodo.join('\n') === todo.join('\n')
  const source = row.source === '' || like(after) ? [] : [`source: ${row.source}`]
  const own = shared ? (nextCause === cause ? [] : [cause]) : [cause, ...source, ...todo]
  const notes = own.filter((note) => note !== '')
  // Rows that stand for several lines have names of their own, under one id.
  const named = row.finding === null || !like(before)
  return { ...row, name: named ? row.name : '', notes }
}
