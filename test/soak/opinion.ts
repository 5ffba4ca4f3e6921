import type { Finding } from '../../shared/verdict/finding.ts'
import type { Certain } from './plan.ts'
import type { LegTruth, WindowTruth } from './truth-ledger.ts'

/** What a verdict is worth beside the truth. */
export type Worth = 'agreed' | 'no word' | 'contradicted' | 'missed'

/** Room for what the router's log cannot see: the way to it and from it, and rounding at the ends. */
const ROOM_MS = 0.5

interface Line {
  /** Whether a leg with this truth is within the line's limit; null where it is too close to tell. */
  readonly within: (leg: LegTruth, limit: number) => boolean | null
}

const LINES: { readonly [id: string]: Line } = {
  'VRN-3': { within: ({ delayP95Ms }, limit) => below(delayP95Ms, limit, ROOM_MS) },
  'VRN-4': { within: ({ jitterP95Ms }, limit) => below(jitterP95Ms, limit, ROOM_MS) },
  'VRN-5': { within: ({ wrongMarks }) => wrongMarks === 0 },
  'VRN-6': { within: ({ lost, sent }, limit) => lost / sent <= limit },
}

/** The lines whose verdict the router's log can check. */
export const CHECKED_LINES = Object.keys(LINES)

/**
 * Holds one finding of one window against the truth: a pass or a fail must be true, and what had to
 * be decided must have been.
 */
export function worthOf(finding: Finding, truth: WindowTruth, certain: readonly Certain[]): Worth {
  const line = LINES[finding.id]
  if (line === undefined || finding.limit === null) return 'no word'
  const wanted = certain.find(({ id, leg }) => id === finding.id && leg === finding.leg)
  if (finding.verdict !== 'pass' && finding.verdict !== 'fail') {
    // An instrument that was disturbed may decline; that is what it is asked to do.
    return wanted === undefined || finding.reason === 'host' ? 'no word' : 'missed'
  }
  const isLeg = finding.leg === 'out' || finding.leg === 'back'
  const legs = isLeg ? [truth[finding.leg]] : [truth.out, truth.back]
  // What speaks of the round trip is held against the limit of both legs together.
  const limit = finding.id === 'VRN-3' && !isLeg ? finding.limit / 2 : finding.limit
  const within = legs.map((leg) => line.within(leg, limit))
  if (wanted !== undefined && wanted.verdict !== finding.verdict) return 'contradicted'
  if (finding.verdict === 'pass') return within.includes(false) ? 'contradicted' : 'agreed'
  return within.every((one) => one === true) ? 'contradicted' : 'agreed'
}

function below(value: number, limit: number, room: number): boolean | null {
  if (Math.abs(value - limit) <= room) return null
  return value < limit
}
