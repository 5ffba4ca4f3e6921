import type { CheckResult } from '../../config/check-result.ts'
import { Fault } from '../../shared/errors.ts'
import type { SiteLine } from '../../shared/profile/lines.ts'
import type { Finding } from '../../shared/verdict/finding.ts'
import { isVoiceLine } from '../probes/plan.ts'

interface Narrowed {
  /** False with --no-media. */
  readonly media: boolean
  readonly mediaOnly?: boolean
  readonly only?: readonly string[]
}

/** What an option leaves out of a check, and of which lines it is then silent. */
const PARTS = {
  '--no-media': {
    voice: true,
    why: 'the voice streams were left out',
    wanted: 'a line that is looked at without voice',
  },
  '--media-only': {
    voice: false,
    why: 'everything but voice was left out',
    wanted: 'a line that voice answers',
  },
} as const
type Option = keyof typeof PARTS

/** @throws Fault USAGE where the options together leave nothing to look at */
export function refuseNothing(options: Narrowed, lines: readonly SiteLine[]): void {
  if (options.mediaOnly === true && !options.media) {
    throw new Fault('USAGE', 'arguments', '--media-only or --no-media', 'both', 'leave one out')
  }
  const { only } = options
  const option = optionOf(options)
  if (only === undefined || option === null) return
  const ids = new Set(leftOut(lines, option).filter((id) => only.includes(id)))
  if (only.some((id) => !ids.has(id))) return
  const wanted = `--only with ${PARTS[option].wanted}`
  const repair = `leave ${option} out, or name other lines`
  throw new Fault('USAGE', option, wanted, `--only ${only.join(',')}`, repair)
}

/** The result, with the option that left a line out as the reason why nobody looked at it. */
export function tellLeftOut(
  result: CheckResult,
  options: Narrowed,
  lines: readonly SiteLine[],
): CheckResult {
  const option = optionOf(options)
  if (option === null) return result
  const ids = new Set(leftOut(lines, option))
  const findings = result.judgement.findings.map((found) =>
    ids.has(found.id) && isUnseen(found) ? byOption(found, option) : found,
  )
  return { ...result, judgement: { ...result.judgement, findings } }
}

function optionOf({ media, mediaOnly }: Narrowed): Option | null {
  if (!media) return '--no-media'
  return mediaOnly === true ? '--media-only' : null
}

function leftOut(lines: readonly SiteLine[], option: Option): string[] {
  const ofPart = lines.filter((line) => isVoiceLine(line) === PARTS[option].voice)
  return ofPart.map(({ requirement }) => requirement.id)
}

function isUnseen({ verdict, reason }: Finding): boolean {
  return verdict === 'not-tested' && (reason === 'no-data' || reason === 'probe-not-run')
}

function byOption(found: Finding, option: Option): Finding {
  const [, again] = found.advice.split('; then: ')
  return {
    ...found,
    reason: 'probe-not-run',
    detail: `${PARTS[option].why} by ${option}`,
    advice: `leave ${option} out${again === undefined ? '' : `; then: ${again}`}`,
  }
}
