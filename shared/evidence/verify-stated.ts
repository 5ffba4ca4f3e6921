import { JUDGING_RULES } from '../verdict/rules.ts'
import type { JudgingParts, Rejudge } from './verify-verdicts.ts'

/** A verdict that somebody states of an interval, and where he states it. */
interface StatedVerdict {
  readonly where: string
  readonly from: number
  readonly to: number
  readonly overall: string
  readonly records: number
  readonly findingsSha256: string
  /** By which rules it was judged; left out: by those of a build that did not number them. */
  readonly rules?: number | undefined
  /** Records beyond this leaf were not there yet; null: all of the bundle count. */
  readonly beforeIndex: number | null
}

/**
 * Recomputes a stated verdict and reports where it is not what the records say; of one that was judged by
 * other rules, that this build cannot recompute it. What the records say is told by this build's rules.
 */
export function checkVerdict(
  parts: Pick<JudgingParts, 'report'>,
  anew: Rejudge,
  stated: StatedVerdict,
): void {
  const { where } = stated
  const own = anew.wordOf(stated, stated.beforeIndex)
  const time = { from: stated.from, to: stated.to }
  if (own === null) {
    parts.report(
      'missing',
      'profile',
      where,
      'its profile, what the site was then, or a record of it is not here, or not to be read by this build: cannot be recomputed',
      time,
    )
    return
  }
  if (own.findingsSha256 === stated.findingsSha256 && own.overall === stated.overall) {
    return
  }
  const what = `says ${stated.overall} on ${stated.records} records; they give ${own.overall} on ${own.records}`
  if (stated.rules !== JUDGING_RULES) {
    const rules = stated.rules === undefined ? 'rules without a number' : `rules ${stated.rules}`
    const why = `judged by ${rules}, and this build judges by rules ${JUDGING_RULES}: ${what}`
    parts.report('missing', 'verdict-rules', where, why, time)
    return
  }
  if (own.records < stated.records) {
    const gone = `${what}: the others were removed since, or are withheld`
    parts.report('missing', 'records-gone', where, gone, time)
    return
  }
  const severity = own.records === stated.records ? 'invalid' : 'suspicious'
  parts.report(severity, 'verdict-differs', where, what, time)
}
