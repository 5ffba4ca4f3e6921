import { pathsOf, sipAlgsOf, streamsOf } from '../../shared/record/kinds.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { PathObservation } from '../../shared/record/path.ts'
import { changeText, mtuText } from '../../shared/verdict/path-text.ts'
import { indent } from '../cli/table.ts'
import { renderSip } from '../path/render-sip.ts'
import { WIDTH } from './findings-table.ts'

type Observations = Parameters<typeof pathsOf>[0]

/**
 * What was seen around the lines and decides none of them: voice that came twice or out of order, the way
 * to each far end in a line or two, and what became of SIP on it. Empty where there is nothing to say.
 */
export function surroundingLines(observations: Observations): string[] {
  const voice = streamsOf(observations)
    .filter(({ segment }) => segment === undefined)
    .flatMap(voiceTexts)
    .flatMap((text) => indent(text, WIDTH, 2))
  const paths = pathsOf(observations).flatMap((seen) => indent(pathText(seen), WIDTH, 2))
  const sip = sipAlgsOf(observations).flatMap((seen) => renderSip(seen).filter(Boolean))
  const about = [...paths, ...sip.map((line) => `  ${line}`)]
  const lines = [...voice, ...about]
  return lines.length === 0
    ? []
    : [
        `seen on the way (information${about.length > 0 ? ', see voip-ready path' : ''}):`,
        ...lines,
        '',
      ]
}

/** Of each leg what no line judges and a pass does not tell. */
function voiceTexts({ farEnd, legs }: StreamObservation): string[] {
  return (['out', 'back'] as const).flatMap((leg) => {
    const { duplicated, reordered, received } = legs[leg].loss
    const name = `${farEnd} voice ${leg}, of ${received} packets`
    const twice =
      duplicated === 0
        ? ''
        : `${duplicated} came again; no line judges that, but copies fill the way: look for a loop, a port ` +
          'mirror or two devices that both forward'
    const overtaken =
      reordered === 0 ? '' : `${reordered} were overtaken; RFC 3550 counts that as jitter`
    return [twice, overtaken].filter((text) => text !== '').map((text) => `${name}: ${text}`)
  })
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
