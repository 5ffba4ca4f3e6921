import { counted } from '../counted.ts'
import { minutesOf } from '../eligibility/backing.ts'
import { DamageBook } from '../eligibility/damage.ts'
import type { Evidence } from '../eligibility/evidence.ts'
import { utcText } from '../eligibility/scope.ts'
import { type SeenFrom, seenFrom } from '../eligibility/sightings.ts'
import type { Answer } from '../eligibility/terms.ts'
import {
  type AnsweredMeasurement,
  answered,
  answersOf,
  type CampaignAnswer,
  requiredOf,
  seenIn,
} from './answers.ts'
import { type Measured, measure, notShown, recordsIn } from './measure.ts'
import type { Protocol } from './protocol.ts'
import { slotsOf } from './slots.ts'

export interface Point {
  readonly asked: string
  readonly found: string
  /** `claimed`: people vouch for it, and nobody measured it. */
  readonly held: 'yes' | 'no' | 'not-shown' | 'claimed'
}

export interface Certificate {
  readonly format: 'voip-ready/certificate/1'
  readonly campaign: string
  readonly site: string
  readonly protocolSha256: string
  readonly followed: 'FOLLOWED' | 'NOT FOLLOWED' | 'CANNOT BE SHOWN'
  readonly points: readonly Point[]
  readonly measurements: readonly AnsweredMeasurement[]
  readonly answers: readonly CampaignAnswer[]
  /** Of these measurements alone. */
  readonly seenFrom: SeenFrom
  /** Over all required lines; CANNOT BE DETERMINED where the protocol was not followed. */
  readonly required: Answer
}

/**
 * Certifies from evidence alone whether a protocol was followed, point by point, and what exactly the
 * agreed measurements say. Nothing that lacks can make it followed.
 */
export function certify(evidence: Evidence, protocol: Protocol, sha256: string): Certificate {
  const { slots } = slotsOf(protocol)
  const damage = new DamageBook(evidence)
  const trustedTo = Math.max(
    0,
    ...evidence.checkpoints.filter(({ trusted }) => trusted).map(({ size }) => size),
  )
  const basis = { evidence, protocol, damage, trustedTo }
  const seen = slots.map((slot) => seenIn(basis, measure(basis, slot)))
  const measurements = seen.map(answered)
  const points = pointsOf(evidence, protocol, sha256, measurements)
  const followed = points.some(({ held }) => held === 'no')
    ? 'NOT FOLLOWED'
    : points.every(({ held }) => held === 'yes' || held === 'claimed')
      ? 'FOLLOWED'
      : 'CANNOT BE SHOWN'
  const answers = answersOf(protocol, seen)
  const required = followed === 'NOT FOLLOWED' ? 'CANNOT BE DETERMINED' : requiredOf(answers)
  const parts = slots.map((slot) => minutesOf(recordsIn(evidence, slot)))
  const seenAt = seenFrom([...new Set(parts.flat())], parts)
  return {
    format: 'voip-ready/certificate/1',
    ...{ campaign: protocol.id, site: protocol.site, protocolSha256: sha256, followed },
    ...{ points, measurements, answers, seenFrom: seenAt, required },
  }
}

function pointsOf(
  evidence: Evidence,
  protocol: Protocol,
  sha256: string,
  measurements: readonly AnsweredMeasurement[],
): Point[] {
  const { manifest, valid, profiles, records } = evidence
  const { site, profile } = protocol
  const used = profiles.has(profile.sha256)
  const unused = records.length === 0 ? 'not-shown' : 'no'
  return [
    { asked: `site ${site}`, found: manifest.site, held: word(manifest.site === site) },
    {
      asked: `profile ${profile.id} ${profile.sha256.slice(0, 16)}`,
      found: used ? 'used' : 'not in the bundle',
      held: used ? 'yes' : unused,
    },
    countPoint(protocol, measurements),
    ...busyPoints(protocol, measurements),
    beforehand(evidence, sha256, measurements),
    {
      asked: 'evidence that is valid',
      found: valid ? 'nothing invalid' : 'invalid: see voip-ready verify',
      held: word(valid),
    },
    wordPoint(measurements),
    ...attested(protocol),
  ]
}

function countPoint(
  { measurements: { lengthMinutes }, calls, codec, tolerance }: Protocol,
  measurements: readonly Measured[],
): Point {
  const of = (state: Measured['state']) => measurements.filter((one) => one.state === state).length
  const [missing, outside, unproven] = [of('missing'), of('outside'), of('unproven')]
  return {
    asked: `${measurements.length} measurements of ${lengthMinutes} min, ${counted(calls, 'call')} ${codec}, both data centres`,
    found: `${of('done')} done, ${missing} missing, ${outside} not as agreed, ${unproven} unproven`,
    // At worst what is unproven lacks.
    held:
      missing + outside > tolerance.missing
        ? 'no'
        : notShown(measurements).length > tolerance.missing
          ? 'not-shown'
          : 'yes',
  }
}

/** What the agent alone says of its packets is a claim; that a reflector signed for them, none. */
function wordPoint(measurements: readonly AnsweredMeasurement[]): Point {
  const done = measurements.filter(({ state }) => state === 'done')
  const backed = done.filter((one) => one.backed).length
  const alone = done.length - backed
  const found =
    done.length === 0
      ? 'none was done'
      : alone === 0
        ? `reflectors of both data centres signed for what they received in all ${done.length}`
        : `${alone} of ${done.length} are the word of the agent alone`
  const asked = 'figures on the word of both sides'
  return { asked, found, held: done.length > 0 && alone === 0 ? 'yes' : 'claimed' }
}

function attested({ attestations }: Protocol): Point[] {
  return (attestations ?? []).map(({ by, says }) => ({
    asked: `vouched for by ${by}`,
    found: says,
    held: 'claimed',
  }))
}

const word = (held: boolean): Point['held'] => (held ? 'yes' : 'no')

function busyPoints({ busyHours, zone }: Protocol, measurements: readonly Measured[]): Point[] {
  return busyHours.map(({ from, to }) => {
    const inside = measurements.filter(({ at }) => at >= from && at < to)
    const days = [...new Set(inside.map(({ day }) => day))].map((day) => {
      const states = inside.filter((one) => one.day === day).map(({ state }) => state)
      return states.includes('done') ? 'yes' : states.includes('unproven') ? 'not-shown' : 'no'
    })
    const of = (held: Point['held']) => days.filter((one) => one === held).length
    const done = inside.filter(({ state }) => state === 'done').length
    return {
      asked: `busy hour ${from}-${to} ${zone} on every day`,
      found: `${done} of ${inside.length} measurements, on ${of('yes')} of ${days.length} days`,
      held: of('no') > 0 ? 'no' : of('not-shown') > 0 ? 'not-shown' : 'yes',
    }
  })
}

/** A word in the log that names the protocol's hash, and is older than the first measurement. */
function beforehand(
  { entries, keys }: Evidence,
  sha256: string,
  measurements: readonly Measured[],
): Point {
  const named = entries.filter(({ entry }) => JSON.stringify(entry).includes(sha256))
  const first = named[0]?.entry.at
  const begins = measurements[0]?.from ?? 0
  const asked = 'fixed before it began'
  if (keys.log.length === 0) {
    return {
      asked,
      found: 'no key of the log was given: its entries prove nothing',
      held: 'not-shown',
    }
  }
  if (first === undefined) {
    return {
      asked,
      found: `no entry of the log names ${sha256}: it cannot be shown`,
      held: 'not-shown',
    }
  }
  const found = `an entry of ${utcText(first)} names its hash`
  if (first < begins) return { asked, found, held: 'yes' }
  // It may have been fixed before all the same: of that the log here says nothing.
  const late = `: not before ${utcText(begins)}, when the first one began`
  return { asked, found: `${found}${late}`, held: 'not-shown' }
}
