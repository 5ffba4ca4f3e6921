import type { JudgingParts, Rejudge } from './verify-verdicts.ts'

/** A verdict that somebody states of an interval, and where he states it. */
interface StatedVerdict {
  readonly where: string
  readonly from: number
  readonly to: number
  readonly overall: string
  readonly records: number
  readonly findingsSha256: string
  /** Records beyond this leaf were not there yet; null: all of the bundle count. */
  readonly beforeIndex: number | null
}

/** Recomputes a stated verdict and reports where it is not what the records say. */
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
      'its profile, or what the site was then, is not here: cannot be recomputed',
      time,
    )
    return
  }
  if (own.findingsSha256 === stated.findingsSha256 && own.overall === stated.overall) {
    return
  }
  const what = `says ${stated.overall} on ${stated.records} records; they give ${own.overall} on ${own.records}`
  const severity = own.records === stated.records ? 'invalid' : 'suspicious'
  parts.report(severity, 'verdict-differs', where, what, time)
}
