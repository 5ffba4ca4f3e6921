import type { RequirementOf } from '../profile/schema.ts'
import type { StreamObservation } from '../record/observation.ts'
import { dscpCounts, dscpName, dscpOf } from './dscp-name.ts'
import type { MergedJudge } from './leg-judge.ts'
import type { MarkPlaces } from './mark-place.ts'
import { joinDetail, type LegName, nothingSeen, type Ruling, tooFew } from './ruling.ts'

type MarkingLine = RequirementOf<'marking'>

/**
 * The mark (VRN-5): every packet of the leg must arrive with it. Another value convicts the network
 * only when the right one is known to have left: seen at the sender's own egress, or set on the
 * socket and seen to arrive on other packets of the same leg (then the sender's host lets it out).
 * A socket option alone proves nothing: the host's own policy may rewrite it.
 * @param places where marks were seen to change; it explains a fail and never makes one
 */
export function markingJudge(
  line: Pick<MarkingLine, 'dscp' | 'op'>,
  minimumPackets: number,
  places: MarkPlaces = () => null,
): MergedJudge {
  return {
    scale: { unit: 'dscp', limit: line.dscp, op: line.op, statistic: 'every packet' },
    // A late or dropped packet takes its mark with it and changes no other.
    hostProof: true,
    leg: (seen, leg) => located(judgeLeg(line, minimumPackets, seen, leg), seen, leg, places),
  }
}

/** A mark that did not arrive, with the place where it was lost; a proven loss also with who mends it. */
function located(
  ruling: Ruling,
  seen: StreamObservation,
  leg: LegName,
  places: MarkPlaces,
): Ruling {
  const place = ruling.verdict === 'pass' ? null : places(seen.farEnd, leg)
  if (place === null) return ruling
  const detail = joinDetail(ruling.detail, place.detail)
  return ruling.verdict === 'fail'
    ? { ...ruling, detail, advice: place.advice }
    : { ...ruling, detail }
}

function judgeLeg(
  line: Pick<MarkingLine, 'dscp' | 'op'>,
  minimum: number,
  seen: StreamObservation,
  leg: LegName,
): Ruling {
  const { tos } = seen.legs[leg]
  const marks = dscpCounts(tos)
  const visible = [...marks.values()].reduce((sum, packets) => sum + packets, 0)
  const n = visible + tos.unseen
  if (n === 0) return nothingSeen(seen, leg)
  const right = marks.get(line.dscp) ?? 0
  const ruling = { n, detail: marksText(marks, tos.unseen), value: shownMark(line, marks) }
  if (right < visible) return { ...ruling, ...judgeOther(line, seen, leg, right) }
  if (tos.unseen > 0) return { ...ruling, verdict: 'inconclusive', reason: 'cannot-see-mark' }
  if (n < minimum) return { ...ruling, ...tooFew(n, minimum, seen) }
  return { ...ruling, verdict: 'pass', reason: 'mark-arrived' }
}

/** Another mark arrived on some packets: who is to blame for it? */
function judgeOther(
  line: Pick<MarkingLine, 'dscp'>,
  seen: StreamObservation,
  leg: LegName,
  right: number,
): Pick<Ruling, 'verdict' | 'reason'> {
  const { egress } = seen.legs[leg]
  const own = egress.tos === null ? null : dscpOf(egress.tos)
  if (leg === 'out' && !seen.instrument.capabilities.setTos) {
    return { verdict: 'inconclusive', reason: 'cannot-mark' }
  }
  if (egress.proof === 'watched' && own !== line.dscp) {
    return { verdict: 'inconclusive', reason: 'marked-at-host' }
  }
  const set = own === line.dscp
  const left =
    set && (egress.proof === 'watched' || (egress.proof === 'socket-option' && right > 0))
  return left
    ? { verdict: 'fail', reason: 'mark-changed' }
    : { verdict: 'inconclusive', reason: 'egress-unproven' }
}

/** The mark to show: the most frequent wrong one, else the right one; null when none was seen. */
function shownMark(
  line: Pick<MarkingLine, 'dscp'>,
  marks: ReadonlyMap<number, number>,
): number | null {
  const wrong = byFrequency(marks).find(([dscp]) => dscp !== line.dscp)
  if (wrong !== undefined) return wrong[0]
  return marks.has(line.dscp) ? line.dscp : null
}

function marksText(marks: ReadonlyMap<number, number>, unseen: number): string {
  const parts = byFrequency(marks).map(
    ([dscp, packets]) => `${dscpName(dscp)} (${dscp}) on ${packets}`,
  )
  const shown = parts.slice(0, 4)
  if (parts.length > 4) shown.push(`${parts.length - 4} other values`)
  if (unseen > 0) shown.push(`not readable on ${unseen}`)
  return shown.join(', ')
}

function byFrequency(marks: ReadonlyMap<number, number>): readonly (readonly [number, number])[] {
  return [...marks].sort((a, b) => b[1] - a[1] || a[0] - b[0])
}
