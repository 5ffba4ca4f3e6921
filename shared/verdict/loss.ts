import { lossBounds, secondsToDecide } from '../measure/loss-bounds.ts'
import type { RequirementOf } from '../profile/schema.ts'
import type { Loss, StreamObservation } from '../record/observation.ts'
import type { Finding } from './finding.ts'
import type { HostExcuses, MergedJudge } from './leg-judge.ts'
import { countGone } from './lost-session.ts'
import { joinDetail, type LegName, type Ruling, tooFew } from './ruling.ts'
import type { Decision } from './statistic.ts'

type LossLine = RequirementOf<'segment-loss'>

/**
 * Packet loss (VRN-6) of each leg: at most the limit, the limit itself included. The counted ratio
 * decides (`point`), or both ends of its interval must lie on one side (`confidence`). Losses that
 * may be on either leg widen the interval: none of them here, to all of them here.
 */
export function lossJudge(line: LossLine, minimumPackets: number): MergedJudge {
  const statistic =
    line.decide === 'point' ? 'ratio' : `ratio, ${line.confidence * 100} % confidence`
  return {
    scale: { unit: 'ratio', limit: line.limitRatio, op: line.op, statistic },
    leg: (seen, leg, excuses) => judgeLeg(line, minimumPackets, seen, leg, excuses),
    either: (seen, excuses) => judgeEither(line, minimumPackets, seen, excuses),
  }
}

function judgeLeg(
  line: LossLine,
  minimum: number,
  seen: StreamObservation,
  leg: LegName,
  excuses: HostExcuses | undefined,
): Ruling {
  const { loss } = seen.legs[leg]
  const { expected, unattributed } = loss
  if (expected === 0) {
    const detail =
      leg === 'back' ? 'no packet reached the far end to be answered' : 'no packet left'
    return { verdict: 'inconclusive', reason: 'no-reply', detail }
  }
  // A host that drops what arrives lost these itself; what is left must still convict.
  const lost = Math.max(0, loss.lost - (excuses?.lost[leg] ?? 0))
  const low = bounds(line, loss, lost)
  const high = unattributed === 0 ? low : bounds(line, loss, lost + unattributed)
  const contradicted = contradictedText(seen.contradictedReceipts)
  const shown = {
    n: expected,
    value: loss.lost / expected,
    interval: [low.low, high.high] as const,
    detail: joinDetail(lossText(loss), contradicted),
  }
  if (expected < minimum) return { ...shown, ...tooFew(expected, minimum, seen) }
  const alternatives = line.decide === 'confidence' ? [pointAlternative(line, loss)] : []
  const verdict = both(decideBy(line, low), decideBy(line, high))
  const ruling = { ...shown, alternatives, ...grounds(line, loss, verdict, contradicted !== '') }
  return ruling.reason === 'leg-unknown' ? legUnknown(ruling, seen) : ruling
}

/** With why the leg is not known, and what would have it known, where that is seen. */
function legUnknown(ruling: Ruling, seen: StreamObservation): Ruling {
  const gone = countGone(seen)
  if (gone === null) return ruling
  return { ...ruling, detail: joinDetail(ruling.detail, gone.detail), advice: gone.advice }
}

interface Bounds {
  readonly low: number
  readonly high: number
}

/** Where the ratio lies; under `point` the count is taken as it is. */
function bounds(line: LossLine, loss: Loss, lost: number): Bounds {
  const ratio = lost / loss.expected
  if (line.decide === 'point') return { low: ratio, high: ratio }
  return lossBounds(loss.blocks, lost, loss.expected, line.confidence) ?? { low: 0, high: 1 }
}

function decideBy(line: LossLine, { low, high }: Bounds): Decision {
  if (high <= line.limitRatio) return 'pass'
  return low > line.limitRatio ? 'fail' : 'inconclusive'
}

type Joint = Decision | 'differ'

/** What holds however the losses without a leg are shared out. */
function both(none: Decision, all: Decision): Joint {
  return none === all ? none : 'differ'
}

function grounds(
  line: LossLine,
  loss: Loss,
  verdict: Joint,
  contradicted: boolean,
): Pick<Ruling, 'verdict' | 'reason' | 'runFor'> {
  if (verdict === 'pass') return { verdict, reason: 'within-limit' }
  if (verdict === 'fail') return { verdict, reason: 'over-limit' }
  if (verdict === 'differ')
    return { verdict: 'inconclusive', reason: contradicted ? 'disagreement' : 'leg-unknown' }
  const lost = loss.lost + loss.unattributed
  const { limitRatio, confidence } = line
  const more = secondsToDecide(loss.blocks, lost, loss.expected, limitRatio, confidence)
  const runFor = more === null ? null : { more, total: loss.blocks.seconds + more }
  return { verdict, reason: 'too-few-packets', runFor }
}

function pointAlternative(
  line: LossLine,
  { lost, unattributed, expected }: Loss,
): Finding['alternatives'][number] {
  const decide = (count: number): Decision =>
    count / expected <= line.limitRatio ? 'pass' : 'fail'
  const verdict = both(decide(lost), decide(lost + unattributed))
  return { statistic: 'ratio as counted', verdict: verdict === 'differ' ? 'inconclusive' : verdict }
}

/**
 * Both legs together: two legs that each keep the limit L let (1-L)^2 of the packets come back. When
 * fewer surely do, one leg is over it, though nothing tells which. Null where that is not proven.
 */
function judgeEither(
  line: LossLine,
  minimum: number,
  seen: StreamObservation,
  excuses: HostExcuses | undefined,
): Ruling | null {
  const { out, back } = seen.legs
  const { expected } = out.loss
  if (expected < Math.max(1, minimum) || out.loss.unattributed + back.loss.unattributed === 0)
    return null
  const missing = Math.max(0, expected - back.loss.received)
  const lost = Math.max(0, missing - (excuses?.lost.out ?? 0))
  const limit = 1 - (1 - line.limitRatio) ** 2
  // Blocks of neither leg hold all that was lost: whichever has the longer bursts is believed.
  const [a, b] = [bounds(line, out.loss, lost), bounds(line, { ...back.loss, expected }, lost)]
  const low = Math.min(a.low, b.low)
  const high = Math.max(a.high, b.high)
  if (low <= limit) return null
  const ruling: Ruling = {
    verdict: 'fail',
    reason: 'round-trip-proves-loss',
    detail: `${missing} of ${expected} packets did not come back`,
    value: missing / expected,
    interval: [low, high],
    n: expected,
    scale: { limit, statistic: 'ratio of round trips' },
  }
  return legUnknown(ruling, seen)
}

/** Receipts that were not used since they contradict what came back; empty: there were none. */
export function contradictedText(count = 0): string {
  if (count === 0) return ''
  return count === 1
    ? 'one receipt of the reflector contradicts what came back from it and was not used'
    : `${count} receipts of the reflector contradict what came back from it and were not used`
}

function lossText({ lost, unattributed, expected, late, duplicated, reordered }: Loss): string {
  return joinDetail(
    `${lost} of ${expected} lost`,
    unattributed > 0 ? `${unattributed} more on this leg or the other` : '',
    late > 0 ? `${late} late` : '',
    duplicated > 0 ? `${duplicated} duplicated` : '',
    reordered > 0 ? `${reordered} reordered` : '',
  )
}
