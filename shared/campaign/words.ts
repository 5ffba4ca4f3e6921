import { counted } from '../counted.ts'
import { utcText } from '../eligibility/scope.ts'
import type { Certificate } from './certify.ts'
import { type Measured, notShown } from './measure.ts'
import type { Protocol } from './protocol.ts'

/** The first answer of a certificate, as a sentence goes on. */
export const FOLLOWED: { readonly [F in Certificate['followed']]: string } = {
  FOLLOWED: 'the protocol was FOLLOWED',
  'NOT FOLLOWED': 'the protocol was NOT FOLLOWED',
  'CANNOT BE SHOWN': 'whether the protocol was followed CANNOT BE SHOWN',
}

/** What the agreed measurements say together; of a protocol that was not followed, that they say nothing. */
export function requiredText(found: Certificate): string {
  const { followed, required, answers } = found
  if (followed === 'NOT FOLLOWED') {
    return `required lines: ${required}; a protocol that was not followed decides nothing`
  }
  const own = answers.filter((one) => one.required && one.answer === required)
  const ids = required === 'MET' ? [] : [...new Set(own.map(({ id }) => id))]
  const named = ids.length === 0 ? '' : ` (${ids.join(', ')})`
  const open = followed === 'FOLLOWED' ? '' : '; it certifies nothing until the rest is shown'
  const lack = required === 'MET' ? notShown(found.measurements).length : 0
  const spared =
    lack === 0 ? '' : `; ${lack} not shown as agreed, as the protocol allows, say nothing`
  return `required lines: ${required}${named}${spared}${open}`
}

/** The points that decide whether the protocol was followed, with what was found; null: all are held. */
export function openText({ followed, points }: Certificate): string | null {
  const held = followed === 'NOT FOLLOWED' ? 'no' : 'not-shown'
  const open = points.filter((point) => point.held === held)
  if (open.length === 0) return null
  const told = open.map(({ asked, found }) => `${asked} (${found})`)
  return `${held === 'no' ? 'not held' : 'not shown'}: ${told.join('; ')}`
}

/** Of which time a certificate speaks, and of nothing else. */
export function spanText({ measurements }: Certificate, protocol: Protocol): string {
  const from = utcText(measurements[0]?.from ?? 0)
  const to = utcText(Math.max(0, ...measurements.map((one) => one.to)))
  const { lengthMinutes } = protocol.measurements
  return `It speaks of ${counted(measurements.length, 'measurement')} of ${lengthMinutes} min alone, ${from} to ${to}.`
}

/** What a measurement is called that was not made as agreed, or is not proven. */
export function stateText(state: Measured['state']): string {
  return state === 'outside' ? 'not as agreed' : state
}

/** One measurement that lacks, and why. */
export function lackText({ from, day, at, state, why }: Measured, zone: string): string {
  return `${utcText(from)} (${day} ${at} ${zone}) ${stateText(state)}: ${why.join('; ')}`
}
