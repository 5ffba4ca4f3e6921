import { counted } from '../../shared/counted.ts'
import { type Alike, alike, repeated, type Told } from '../../shared/shown/alike.ts'
import { readText } from '../../shared/shown/line-read.ts'
import type { Finding, Judged } from './answers.ts'
import { Folded } from './folded.tsx'
import { amount, FAR_ENDS, LEGS, limitText, once } from './words.ts'

const HEADS = ['Line', 'Far end', 'Leg', 'Measured', 'Limit', 'Verdict', 'Why, and what next']

interface FindingsTableProps {
  /** How each line is read, and what was judged beside what is shown. */
  readonly judged: Pick<Judged, 'findings' | 'lines'>
  readonly findings: Judged['findings']
}

/** Findings as a table, those of one line beneath each other, and those of many lines that say the same as one. */
export function FindingsTable({ judged, findings }: FindingsTableProps) {
  const kinds = new Map(judged.lines.map(({ id, kind }) => [id, kind] as const))
  const ordered = beneath(alike(findings, judged.findings, kinds))
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {HEADS.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ordered.map(({ key, findings: group, table }, at) =>
            table === null ? (
              <Row
                key={key}
                finding={group[0]}
                above={above(group[0], ordered[at - 1])}
                line={judged.lines.find(({ id }) => id === group[0].id)}
              />
            ) : (
              <Folded key={key} findings={group} table={table} />
            ),
          )}
        </tbody>
      </table>
    </div>
  )
}

type Group = Alike<Finding>

/** The finding of the same line that stands above one. */
function above({ id }: Finding, group: Group | undefined): Finding | undefined {
  return group?.table === null && group.findings[0].id === id ? group.findings[0] : undefined
}

/** Those of one line where its first one stands. */
function beneath(groups: readonly Group[]): Group[] {
  const ids = groups.map(({ table, findings: [{ id }] }) => table?.id ?? id)
  return groups
    .map((group, at) => ({ group, place: ids.indexOf(ids[at] ?? '') }))
    .sort((a, b) => a.place - b.place)
    .map(({ group }) => group)
}

interface RowProps {
  readonly finding: Finding
  /** Of the same line, which is named there. */
  readonly above: Finding | undefined
  readonly line: Judged['lines'][number] | undefined
}

function Row({ finding, above, line }: RowProps) {
  const first = above === undefined
  const { verdict, statistic, n, limit } = finding
  const count = n > 0 ? `n\u00a0=\u00a0${n.toLocaleString('en')}` : ''
  return (
    <tr class={verdict + (first ? ' first' : '')}>
      <td class="line">
        {first && <b>{finding.id}</b>}
        {first && <small>{finding.title}</small>}
      </td>
      <td>{FAR_ENDS[finding.farEnd]}</td>
      <td class="num">
        <span>{LEGS[finding.leg]}</span>
      </td>
      <Measured finding={finding} />
      <td class={limit === null ? 'num none' : 'num'}>
        <span>{limitText(finding)}</span>
        <small>{[statistic, count].filter(Boolean).join(', ')}</small>
      </td>
      <td>
        <span class="pill">{verdict}</span>
      </td>
      <Why finding={finding} above={above} line={line} />
    </tr>
  )
}

function Why({ finding, above, line }: RowProps) {
  const told = toldOf(finding)
  const again = repeated(told, above && toldOf(above))
  if (again === 'all') return <td class="why quiet">as above</td>
  const others = othersOf(finding)
  const isRead = finding.verdict === 'fail' && above?.verdict !== 'fail'
  return (
    <td class="why">
      {causeOf(finding)}
      {others !== '' && <small>{others}</small>}
      {isRead && line !== undefined && <small>Source: {readText(line)}</small>}
      {again === 'nothing' && told.todo !== '' && <small>Next: {told.todo}</small>}
    </td>
  )
}

function toldOf(finding: Finding): Told {
  const { id, verdict, advice } = finding
  const cause = [causeOf(finding), othersOf(finding)].join('; ')
  return { id, verdict, cause, todo: verdict === 'pass' ? '' : advice }
}

function causeOf({ verdict, meaning, detail }: Finding): string {
  if (verdict === 'pass') return detail || meaning
  return [meaning, detail].filter(Boolean).join(': ')
}

/** What other statistics would have decided otherwise. */
function othersOf({ verdict, alternatives }: Finding): string {
  return alternatives
    .filter((other) => other.verdict !== verdict)
    .map((other) => `${other.statistic} would say ${other.verdict}`)
    .join('; ')
}

function Measured({ finding }: { readonly finding: Finding }) {
  const { value, interval, unit, limit } = finding
  const [low, high] = interval ?? [0, 0]
  return (
    <td class={value === null ? 'num none' : 'num'}>
      <span>{amount(value, unit, limit)}</span>
      {low !== high && (
        <small>
          between {amount(low, unit, limit)} and {amount(high, unit, limit)}
        </small>
      )}
      <Whisker finding={finding} />
    </td>
  )
}

const WIDTH = 120

/** Where the true value lies, against the limit: a bar for the interval, a dot, and the limit's line. */
function Whisker({ finding }: { readonly finding: Finding }) {
  const { value, limit, unit, interval } = finding
  if (value === null || limit === null || unit === 'dscp' || limit <= 0) return null
  const [low, high] = interval ?? [value, value]
  const top = Math.max(limit * 1.3, high * 1.08)
  const x = (of: number) => Number(Math.max(0, Math.min(WIDTH, (of / top) * WIDTH)).toFixed(1))
  const bar = Math.max(2, x(high) - x(low))
  const dot = Math.max(3, Math.min(WIDTH - 3, x(value)))
  return (
    <svg
      width={WIDTH}
      height={12}
      viewBox={`0 0 ${WIDTH} 12`}
      role="img"
      aria-label="value against limit"
    >
      <line x1={0} x2={WIDTH} y1={6} y2={6} stroke="var(--line)" stroke-width={2} />
      <rect x={x(low)} y={3.5} height={5} width={bar} rx={2.5} fill="var(--tone)" opacity={0.45} />
      <circle cx={dot} cy={6} r={3} fill="var(--tone)" />
      <line x1={x(limit)} x2={x(limit)} y1={0} y2={12} stroke="var(--mark)" stroke-width={1.6} />
    </svg>
  )
}

/** Lines that nothing was looked at for, by why. */
export function Untested({ findings }: { readonly findings: readonly Finding[] }) {
  const groups = new Map<string, Finding[]>()
  for (const one of findings) groups.set(one.meaning, [...(groups.get(one.meaning) ?? []), one])
  return (
    <details id="untested">
      <summary>{counted(findings.length, 'line')} not tested</summary>
      {[...groups].map(([meaning, lines]) => (
        <p key={meaning}>
          <b>{meaning}. </b>
          {nextOf(lines)}
          <span class="quiet">{once(lines.map(({ id }) => id)).join(', ')}</span>
        </p>
      ))}
    </details>
  )
}

/** What would bring these lines: the keys that they wait for, or what each of them advises. */
function nextOf(lines: readonly Finding[]): string {
  const waiting = lines.filter(({ reason }) => reason === 'needs-site-value')
  const keys = once(waiting.map(({ detail }) => detail.replace('missing: ', '')))
  if (keys.length > 1) return `Next: add ${keys.join(', ')} to the site file. `
  const next = once(lines.map(({ advice }) => advice.split('; then: ')[0] ?? ''))
  return next.length > 0 ? `Next: ${next.join('; ')}. ` : ''
}
