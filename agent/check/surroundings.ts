import { pathsOf, sipAlgsOf } from '../../shared/record/kinds.ts'
import type { PathObservation } from '../../shared/record/path.ts'
import { changeText, mtuText } from '../../shared/verdict/path-text.ts'
import { indent } from '../cli/table.ts'
import { renderSip } from '../path/render-sip.ts'
import { WIDTH } from './findings-table.ts'

type Observations = Parameters<typeof pathsOf>[0]

/**
 * What was seen around the lines and decides none of them: the way to each far end in a line or two,
 * and what became of SIP on it. Empty where nobody looked.
 */
export function surroundingLines(observations: Observations): string[] {
  const paths = pathsOf(observations).flatMap((seen) => indent(pathText(seen), WIDTH, 2))
  const sip = sipAlgsOf(observations).flatMap((seen) => renderSip(seen).filter(Boolean))
  const lines = [...paths, ...sip.map((line) => `  ${line}`)]
  return lines.length === 0
    ? []
    : ['seen on the way (information, see voip-ready path):', ...lines, '']
}

function pathText(seen: PathObservation): string {
  const name = `${seen.farEnd} path`
  if (seen.method === 'none') return `${name}: not looked at: ${seen.obstacle}`
  const reach = seen.reached
    ? `reached${seen.distance === null ? '' : ` at hop ${seen.distance}`}`
    : 'the far end did not answer'
  const marks =
    seen.method === 'returned'
      ? 'marks cannot be seen without CAP_NET_RAW'
      : seen.changes.map(changeText).join('; ') || 'no hop on the way out changed the mark'
  return [`${name}: ${reach}; ${marks}`, ...(seen.mtu === null ? [] : [mtuText(seen.mtu)])].join(
    '; ',
  )
}
