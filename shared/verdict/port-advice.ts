import type { RequirementOf } from '../profile/schema.ts'
import { HELD_ELSEWHERE, PLACE_UNKNOWN } from '../record/ports.ts'
import type { Verdict } from './finding.ts'
import { REASONS, type ReasonCode } from './reasons.ts'

type PortRow = RequirementOf<'ports'>

/** What a row came to, with the port that decided it. */
interface Decided {
  readonly verdict: Verdict
  readonly reason: ReasonCode
  readonly word: string
  /** Whether another port of the row is open. */
  readonly someOpen: boolean
}

/** What to do about a row, where more is known of it than the reason says; undefined: nothing more is. */
export function portAdvice(row: PortRow, decided: Decided): string | undefined {
  if (decided.reason === 'not-listening') return holdAdvice(row, decided.word)
  if (decided.verdict !== 'fail') return undefined
  const { advice } = REASONS[decided.reason]
  const others = [decided.someOpen ? anyAdvice(row) : '', directionAdvice(row)]
  return [advice, ...others.filter((text) => text !== '')].join('; ')
}

/** What the responder must be told where it could hold the port. */
function holdAdvice({ dynamic }: PortRow, word: string): string | undefined {
  if (word.includes(HELD_ELSEWHERE)) return HOLD_HERE
  if (word.includes(PLACE_UNKNOWN)) return UPDATE_IT
  return dynamic ? HOLD_RANGE : undefined
}

const HOLD_HERE =
  'name the address that it holds as responder of this far end in the site file, or have it hold ' +
  'this one (--respond-address)'
const UPDATE_IT =
  'bring the reflector there up to date, or have it hold the address that is tried (--respond-address)'
const HOLD_RANGE =
  'let the responder hold the range: voip-ready reflector run --respond PROFILE --respond-rtp FIRST-LAST'

/** `80/443`: a slash may mean either, and nothing printed tells. */
function anyAdvice({ id, match, printed }: PortRow): string {
  const cell = [printed].flat().at(-1) ?? ''
  if (match === 'any' || !/\d\s*\/\s*\d/.test(cell)) return ''
  return `or, where one of ${cell} is enough here, set ports.${id}.match: any`
}

/** A direction that the profile assumes convicts nobody who opens it the other way. */
function directionAdvice({ id, initiator, confidence }: PortRow): string {
  if (confidence === 'high') return ''
  const other = {
    site: `the data centre opens it, set ports.${id}.initiator: dc`,
    dc: `the site opens it, set ports.${id}.initiator: site`,
    both: `one side alone opens it, set ports.${id}.initiator: site (or dc)`,
  }[initiator]
  return `or, where ${other} (no direction is printed)`
}
