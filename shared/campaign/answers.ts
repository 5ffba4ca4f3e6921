import { areBacked, minutesOf, signForBoth } from '../eligibility/backing.ts'
import type { DamageBook } from '../eligibility/damage.ts'
import { type Evidence, placeKey, undatedIn } from '../eligibility/evidence.ts'
import type { Answer } from '../eligibility/terms.ts'
import type { Finding } from '../verdict/finding.ts'
import { FAR_ENDS, type Measured, notShown, recordsIn } from './measure.ts'
import type { Protocol } from './protocol.ts'

/** What the agreed measurements, and these alone, say of one line at one place. */
export interface CampaignAnswer
  extends Pick<Finding, 'id' | 'title' | 'leg' | 'farEnd' | 'required'> {
  readonly segment?: string
  readonly answer: Answer
  readonly met: number
  readonly notMet: number
  readonly undetermined: number
}

/** An agreed measurement with what it says over all required lines, where it was made as agreed. */
export interface AnsweredMeasurement extends Measured {
  readonly answer: Answer
  /** Reflectors signed for what they received of it, at both far ends and under keys that were given. */
  readonly backed: boolean
}

/** One line in one measurement, and what of it counts. */
interface SeenFinding {
  readonly finding: Finding
  /** Undetermined where the measurement was not made as agreed, or the finding stands on nothing sound. */
  readonly counts: 'met' | 'notMet' | 'undetermined'
}

/** An agreed measurement with what was found in it. */
export interface SeenMeasurement {
  readonly measured: Measured
  readonly backed: boolean
  readonly findings: readonly SeenFinding[]
}

interface Row extends CampaignAnswer {
  answer: Answer
  met: number
  notMet: number
  undetermined: number
  /** Measurements that were not made as agreed, and in which it failed all the same. */
  failedBeside: number
}

/** Judges the time of one measurement. */
export function seenIn(
  { evidence, damage }: { readonly evidence: Evidence; readonly damage: DamageBook },
  measured: Measured,
): SeenMeasurement {
  const restsOnSite = undatedIn(evidence, measured)
  const isSound = (one: Finding) =>
    measured.state === 'done' && damage.at(measured, one, null) === null && !restsOnSite(one)
  const findings = (evidence.judged(measured)?.judgement.findings ?? []).map((finding) => ({
    ...{ finding, counts: isSound(finding) ? COUNTS[finding.verdict] : 'undetermined' },
  }))
  return { measured, backed: isBacked(evidence, measured), findings }
}

function isBacked(evidence: Evidence, measured: Measured): boolean {
  if (measured.state !== 'done') return false
  const records = recordsIn(evidence, measured)
  const minutes = minutesOf(records)
  const forBoth = signForBoth(minutes)
  return FAR_ENDS.every((farEnd) => areBacked(minutes, farEnd, forBoth))
}

const COUNTS: { readonly [V in Finding['verdict']]: SeenFinding['counts'] } = {
  pass: 'met',
  fail: 'notMet',
  inconclusive: 'undetermined',
  'not-tested': 'undetermined',
}

/**
 * Each line at each place, from the agreed measurements alone. MET: in every measurement that was made,
 * where no more lack or are unproven than the protocol allows, and in none of those it was seen to fail.
 */
export function answersOf(
  { tolerance }: Pick<Protocol, 'tolerance'>,
  seen: readonly SeenMeasurement[],
): CampaignAnswer[] {
  const rows = new Map<string, Row>()
  for (const { measured, findings } of seen) {
    for (const { finding, counts } of findings) {
      const row = rows.get(placeKey(finding)) ?? emptyRow(finding)
      rows.set(placeKey(finding), row)
      row[counts] += 1
      if (measured.state !== 'done' && finding.verdict === 'fail') row.failedBeside += 1
    }
  }
  const lack = notShown(seen.map(({ measured }) => measured)).length
  const spared = lack <= tolerance.missing ? lack : 0
  // A fail of one leg or the other, nobody knows which, stands in no row but its own.
  const all = [...rows.values()].filter(
    ({ leg, notMet, failedBeside }) => leg !== 'either' || notMet + failedBeside > 0,
  )
  return all.map(({ failedBeside, ...row }) => {
    const whole = row.met > 0 && row.met + spared === seen.length && failedBeside === 0
    const answer = row.notMet > 0 ? 'NOT MET' : whole ? 'MET' : 'CANNOT BE DETERMINED'
    return { ...row, answer }
  })
}

function emptyRow({ id, title, leg, farEnd, segment, required }: Finding): Row {
  return {
    ...{ id, title, leg, farEnd, required, answer: 'CANNOT BE DETERMINED' },
    ...{ met: 0, notMet: 0, undetermined: 0, failedBeside: 0 },
    ...(segment === undefined ? {} : { segment }),
  }
}

/** What one measurement says by itself. */
export function answered({ measured, backed, findings }: SeenMeasurement): AnsweredMeasurement {
  const required = findings.filter(
    ({ finding: { required, leg, verdict } }) =>
      required && (leg !== 'either' || verdict === 'fail'),
  )
  const failed = required.some(({ counts }) => counts === 'notMet')
  const met = required.length > 0 && required.every(({ counts }) => counts === 'met')
  const answer = failed ? 'NOT MET' : met ? 'MET' : 'CANNOT BE DETERMINED'
  return { ...measured, answer, backed }
}

/** Over all required lines. */
export function requiredOf(answers: readonly CampaignAnswer[]): Answer {
  const required = answers.filter((one) => one.required)
  if (required.some(({ answer }) => answer === 'NOT MET')) return 'NOT MET'
  const whole = required.length > 0 && required.every(({ answer }) => answer === 'MET')
  return whole ? 'MET' : 'CANNOT BE DETERMINED'
}
