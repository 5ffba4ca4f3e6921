import { aloneText } from '../../shared/verdict/describe.ts'
import type { Finding, Judgement, Overall } from '../../shared/verdict/finding.ts'

/** Nagios plugin states: 0 OK, 2 CRITICAL, 3 UNKNOWN. Inconclusive is unknown, never a warning. */
const STATES: { readonly [O in Overall]: { readonly word: string; readonly exit: number } } = {
  READY: { word: 'OK', exit: 0 },
  'NOT READY': { word: 'CRITICAL', exit: 2 },
  'CANNOT SAY': { word: 'UNKNOWN', exit: 3 },
}

/** One line as Nagios plugins print it: state, summary, performance data in base units. */
export function renderNagios(judgement: Judgement): {
  readonly line: string
  readonly exit: number
} {
  const { word, exit } = STATES[judgement.overall]
  const { counts } = judgement
  const worst = judgement.findings.find((finding) => finding.verdict === 'fail')
  const because = worst === undefined ? '' : `: ${place(worst)} ${worst.reason}`
  const summary =
    `VOIP ${word} - ${judgement.overall}${aloneText(judgement)}${because}; ${counts.fail} fail, ${counts.pass} pass, ` +
    `${counts.inconclusive} inconclusive, ${counts['not-tested']} not tested`
  const data = judgement.findings.flatMap(performance)
  const tail = data.length === 0 ? '' : ` | ${data.join(' ')}`
  // A bar separates the data, so none may stand in the text before it.
  return { line: `${summary.replaceAll('|', '/')}${tail}`, exit }
}

function place(finding: Finding): string {
  return [finding.id, finding.farEnd, finding.leg].filter((part) => part !== 'none').join(' ')
}

function performance(finding: Finding): string[] {
  if (finding.value === null || (finding.unit !== 'ms' && finding.unit !== 'ratio')) return []
  const toBase = finding.unit === 'ms' ? 1e-3 : 1
  const unit = finding.unit === 'ms' ? 's' : ''
  const limit = finding.limit === null ? '' : Number((finding.limit * toBase).toPrecision(6))
  const name = place(finding).replaceAll(' ', '_').toLowerCase()
  return [`${name}=${Number((finding.value * toBase).toPrecision(6))}${unit};;${limit}`]
}
