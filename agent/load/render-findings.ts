import type { Finding, Judgement } from '../../shared/verdict/finding.ts'
import { REASONS } from '../../shared/verdict/reasons.ts'
import { paintVerdict } from '../check/findings-table.ts'
import { whyOverall } from '../check/render.ts'
import type { Paint } from '../cli/colour.ts'
import { indent, indentCommand, wrap } from '../cli/table.ts'

const WIDTH = 100
const HELD = 'it held both ways at every far end that was looked at.'

/** Findings one by one: the verdict, what was seen, why, and what to do; then what they add up to. */
export function findingLines(judgement: Judgement, paint: Paint): string[] {
  const { overall } = judgement
  const colour = { READY: paint.green, 'NOT READY': paint.red, 'CANNOT SAY': paint.yellow }[overall]
  return [
    ...judgement.findings.flatMap((found) => oneFinding(found, paint)),
    ...wrap(`${overall}: ${overall === 'READY' ? HELD : whyOverall(judgement)}`, WIDTH).map(
      (line, at) => (at === 0 ? line.replace(overall, paint.bold(colour(overall))) : line),
    ),
  ]
}

function oneFinding(found: Finding, paint: Paint): string[] {
  const { id, farEnd, leg, verdict, reason, detail, advice, title } = found
  const where = [farEnd, leg].filter((word) => word !== 'none').join(' ')
  const head = `${verdict} ${id} ${where}: ${title}`
  const [todo = '', ...again] = advice.split('; then: ')
  return [
    ...wrap(head, WIDTH).map((line, at) =>
      at === 0 ? line.replace(verdict, paintVerdict(verdict, verdict, paint)) : line,
    ),
    ...(detail === '' ? [] : indent(detail, WIDTH, 4)),
    ...(verdict === 'pass' && detail !== '' ? [] : indent(REASONS[reason].means, WIDTH, 4)),
    ...(todo === '' ? [] : indent(`next: ${todo}`, WIDTH, 4)),
    ...again.flatMap((command) => indentCommand('again: ', command, WIDTH, 4)),
  ]
}
