import { counted } from '../../shared/counted.ts'
import type { Finding } from './answers.ts'
import { amount, FAR_ENDS, LEGS, limitText } from './words.ts'

const HEADS = ['Line', 'Far end', 'Leg', 'Measured', 'Limit', 'Verdict', 'Why, and what next']

/** Findings as a table, those of one line beneath each other. */
export function FindingsTable({ findings }: { readonly findings: readonly Finding[] }) {
  const ids = findings.map(({ id }) => id)
  const ordered = [...findings].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
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
          {ordered.map((finding, at) => (
            <Row
              key={`${placeOf(finding)} ${at}`}
              finding={finding}
              first={ordered[at - 1]?.id !== finding.id}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function placeOf({ id, leg, farEnd, segment = '' }: Finding): string {
  return `${id} ${leg} ${farEnd} ${segment}`
}

/** @param first of its line: that is named once */
function Row({ finding, first }: { readonly finding: Finding; readonly first: boolean }) {
  const { verdict, statistic, n } = finding
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
      <td class="num">
        <span>{limitText(finding)}</span>
        <small>{[statistic, count].filter(Boolean).join(', ')}</small>
      </td>
      <td>
        <span class="pill">{verdict}</span>
      </td>
      <Why finding={finding} />
    </tr>
  )
}

function Why({ finding }: { readonly finding: Finding }) {
  const { verdict, meaning, detail, advice, alternatives } = finding
  const others = alternatives
    .filter((other) => other.verdict !== verdict)
    .map((other) => `${other.statistic} would say ${other.verdict}`)
  return (
    <td class="why">
      {verdict === 'pass' ? detail || meaning : [meaning, detail].filter(Boolean).join(': ')}
      {others.length > 0 && <small>{others.join('; ')}</small>}
      {verdict !== 'pass' && advice !== '' && <small>Next: {advice}</small>}
    </td>
  )
}

function Measured({ finding }: { readonly finding: Finding }) {
  const { value, interval, unit, limit } = finding
  const [low, high] = interval ?? [0, 0]
  return (
    <td class="num">
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

/** Each text once, and none that is empty. */
function once(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '')
}
