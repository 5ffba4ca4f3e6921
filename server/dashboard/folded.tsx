import type { Alike } from '../../shared/shown/alike.ts'
import type { Finding } from './answers.ts'
import { FAR_ENDS, LEGS, once } from './words.ts'

type Findings = Alike<Finding>['findings']

interface FoldedProps {
  readonly findings: Findings
  readonly table: NonNullable<Alike<Finding>['table']>
}

/** Lines of a table that say the same, as one row; which they are is had when it is opened. */
export function Folded({ findings, table: { id, name, ids } }: FoldedProps) {
  const [{ verdict, meaning, detail }] = findings
  const says = verdict === 'pass' && detail !== '' ? `${meaning}: ${detail}` : meaning
  const next = verdict === 'pass' ? '' : nextOf(findings, ids)
  return (
    <tr class={`${verdict} first`}>
      <td class="line">
        <b>{id}</b>
        <small>{name}</small>
      </td>
      <td>{once(findings.map(({ farEnd }) => FAR_ENDS[farEnd])).join(', ')}</td>
      <td>{once(findings.map(({ leg }) => LEGS[leg])).join(', ')}</td>
      <NoFigure />
      <NoFigure />
      <td>
        <span class="pill">{verdict}</span>
      </td>
      <td class="why">
        {says}
        <details>
          <summary>{ids.join(', ')}</summary>
          <ul>
            {ids.map((one) => (
              <FoldedLine key={one} findings={findings.filter((found) => found.id === one)} />
            ))}
          </ul>
        </details>
        {next !== '' && <small>Next: {next}</small>}
      </td>
    </tr>
  )
}

function NoFigure() {
  return (
    <td class="num none">
      <span>–</span>
    </td>
  )
}

/** What all of them advise, and the run that looks at all of them again. */
function nextOf(findings: Findings, ids: readonly string[]): string {
  const [first] = findings
  const todo = once(findings.map(({ advice }) => advice.split('; then: ')[0] ?? ''))
  const again = first.advice.split('; then: ')[1] ?? ''
  const all = again.replace(`--lines ${first.id}`, `--lines ${ids.join(',')}`)
  return [todo.join('; '), all].filter((text) => text !== '').join('; then: ')
}

function FoldedLine({ findings }: { readonly findings: readonly Finding[] }) {
  const [first] = findings
  const places = once(findings.map(placeOf)).join(', ')
  const details = once(findings.map(({ detail }) => detail)).join('; ')
  return (
    <li>
      <b>{first?.id}</b> {first?.title}
      {places !== '' && `, ${places}`}
      {first?.verdict !== 'pass' && details !== '' && `: ${details}`}
    </li>
  )
}

function placeOf({ farEnd, leg }: Finding): string {
  const end = farEnd === 'none' ? '' : FAR_ENDS[farEnd]
  return [end, leg === 'none' ? '' : LEGS[leg]].filter((part) => part !== '').join(' ')
}
