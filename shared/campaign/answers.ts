import type { DamageBook } from '../eligibility/damage.ts'
import { type Evidence, undatedIn } from '../eligibility/evidence.ts'
import type { Answer } from '../eligibility/terms.ts'
import type { Finding } from '../verdict/finding.ts'
import type { Measured } from './measure.ts'
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
}

interface Basis {
  readonly evidence: Evidence
  readonly protocol: Protocol
  readonly damage: DamageBook
}

interface Row extends CampaignAnswer {
  answer: Answer
  met: number
  notMet: number
  undetermined: number
  /** Measurements that were not made as agreed, and in which it failed all the same. */
  failedBeside: number
}

/** What was not made as agreed: a protocol allows so many of these. */
export function lacking(measurements: readonly Measured[]): readonly Measured[] {
  return measurements.filter(({ state }) => state === 'missing' || state === 'outside')
}

/**
 * Each line at each place, from the agreed measurements alone. MET: in every measurement that was made,
 * where no more lack than the protocol allows, and in none of those it was seen to fail.
 */
export function answersOf(
  { evidence, protocol, damage }: Basis,
  measurements: readonly Measured[],
): CampaignAnswer[] {
  const rows = new Map<string, Row>()
  for (const slot of measurements) {
    const restsOnSite = undatedIn(evidence, slot)
    for (const finding of evidence.judged(slot)?.judgement.findings ?? []) {
      const { id, leg, farEnd, segment } = finding
      const key = `${id} ${leg} ${farEnd} ${segment ?? ''}`
      const row = rows.get(key) ?? emptyRow(finding)
      rows.set(key, row)
      const sound = damage.at(slot, finding, null) === null && !restsOnSite(finding)
      row[slot.state === 'done' && sound ? COUNTS[finding.verdict] : 'undetermined'] += 1
      if (slot.state !== 'done' && finding.verdict === 'fail') row.failedBeside += 1
    }
  }
  const lack = lacking(measurements).length
  const spared = lack <= protocol.tolerance.missing ? lack : 0
  const all = [...rows.values()].filter(({ leg, notMet }) => leg !== 'either' || notMet > 0)
  return all.map(({ failedBeside, ...row }) => {
    const whole = row.met > 0 && row.met + spared === measurements.length && failedBeside === 0
    const answer = row.notMet > 0 ? 'NOT MET' : whole ? 'MET' : 'CANNOT BE DETERMINED'
    return { ...row, answer }
  })
}

const COUNTS: { readonly [V in Finding['verdict']]: 'met' | 'notMet' | 'undetermined' } = {
  pass: 'met',
  fail: 'notMet',
  inconclusive: 'undetermined',
  'not-tested': 'undetermined',
}

function emptyRow({ id, title, leg, farEnd, segment, required }: Finding): Row {
  return {
    ...{ id, title, leg, farEnd, required, answer: 'CANNOT BE DETERMINED' },
    ...{ met: 0, notMet: 0, undetermined: 0, failedBeside: 0 },
    ...(segment === undefined ? {} : { segment }),
  }
}

/** What one measurement says by itself. */
export function answered(
  { evidence, damage }: Pick<Basis, 'evidence' | 'damage'>,
  slot: Measured,
): AnsweredMeasurement {
  if (slot.state !== 'done') return { ...slot, answer: 'CANNOT BE DETERMINED' }
  const restsOnSite = undatedIn(evidence, slot)
  const required = (evidence.judged(slot)?.judgement.findings ?? []).filter(
    (one) => one.required && (one.leg !== 'either' || one.verdict === 'fail'),
  )
  const isSound = (one: Finding) => damage.at(slot, one, null) === null && !restsOnSite(one)
  const verdicts = required.map((one) => (isSound(one) ? one.verdict : 'inconclusive'))
  if (verdicts.includes('fail')) return { ...slot, answer: 'NOT MET' }
  const met = verdicts.length > 0 && verdicts.every((verdict) => verdict === 'pass')
  return { ...slot, answer: met ? 'MET' : 'CANNOT BE DETERMINED' }
}

/** Over all required lines. */
export function requiredOf(answers: readonly CampaignAnswer[]): Answer {
  const required = answers.filter((one) => one.required)
  if (required.some(({ answer }) => answer === 'NOT MET')) return 'NOT MET'
  const whole = required.length > 0 && required.every(({ answer }) => answer === 'MET')
  return whole ? 'MET' : 'CANNOT BE DETERMINED'
}
