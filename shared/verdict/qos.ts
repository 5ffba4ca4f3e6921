import type { RequirementOf } from '../profile/schema.ts'
import { pathsOf, qosOf } from '../record/kinds.ts'
import type { QosObservation } from '../record/qos.ts'
import { dscpName } from './dscp-name.ts'
import { shareReflector } from './far-ends-apart.ts'
import type { Finding } from './finding.ts'
import type { MergedJudge } from './leg-judge.ts'
import { markPlaces } from './mark-place.ts'
import { markingJudge } from './marking.ts'
import { paperText } from './paper-text.ts'
import { findingOf, joinDetail, type LegName, NO_SCALE, type Ruling } from './ruling.ts'
import { lookedAtText, type Scene, touchesTime } from './scene.ts'
import { judgeStreamLine } from './stream-line.ts'
import { rulingUnderLoad } from './under-load.ts'

/**
 * Priority of voice on its way (VRN-1): without the mark there can be none, so a mark that is proven
 * to be lost fails. A mark that arrives proves nothing about queues: whether marked traffic fares
 * better shows under load alone, so without a look at that there is no pass.
 */
export function judgeQos(line: RequirementOf<'qos'>, scene: Scene): readonly Finding[] {
  const looks = qosOf(scene.observations)
  const lookAt = (farEnd: string) => looks.findLast((one) => one.farEnd === farEnd)
  const shared = answeredForBoth(scene, lookAt('primary'), lookAt('secondary'))
  return judgeStreamLine(line, markJudge(scene), scene).map((found) => {
    const { leg, farEnd } = found
    const seen = lookAt(farEnd)
    if (seen === undefined || (leg !== 'out' && leg !== 'back') || !isOpen(found, seen, scene))
      return found
    const ruling = loadRuling(scene, seen, leg)
    const told = ruling.verdict === 'pass' ? passed(line, ruling, shared) : ruling
    return findingOf(line, { leg, farEnd }, NO_SCALE, told)
  })
}

/** A pass of two far ends needs two reflectors, and says which paper it was not held against. */
function passed(line: RequirementOf<'qos'>, ruling: Ruling, shared: boolean): Ruling {
  if (shared) return { ...ruling, verdict: 'inconclusive', reason: 'one-reflector' }
  return { ...ruling, detail: joinDetail(ruling.detail, paperText(line)) }
}

/** Whether one reflector answered at both far ends, under load or in the judged time. */
function answeredForBoth(
  { farEnds }: Scene,
  primary: QosObservation | undefined,
  secondary: QosObservation | undefined,
): boolean {
  const streams = (seen: QosObservation | undefined) =>
    [seen?.before, seen?.loaded].flatMap((pair) => (pair == null ? [] : [pair.marked, pair.plain]))
  return shareReflector(
    [...farEnds.primary.heard, ...streams(primary)],
    [...farEnds.secondary.heard, ...streams(secondary)],
  )
}

/** What a look under load says; one from before the judged time says when it was. */
function loadRuling(scene: Scene, seen: QosObservation, leg: LegName): Ruling {
  const ruling = rulingUnderLoad(scene.profile, seen, leg)
  if (touchesTime(seen, scene)) return ruling
  const { denied, holes } = scene.farEnds[seen.farEnd]
  const dated = { ...ruling, detail: joinDetail(ruling.detail, lookedAtText(seen.from)) }
  if (ruling.verdict !== 'pass' || !denied) return dated
  // Now and then the far end was not seen at all: what held before it is not claimed for that.
  const detail = joinDetail(dated.detail, holes)
  return { ...dated, verdict: 'inconclusive', reason: 'partly-observed', detail }
}

/** Whether a look under load may answer: nothing else was found, or nobody looked at anything else. */
function isOpen({ reason }: Finding, seen: QosObservation, scene: Scene): boolean {
  if (reason === 'load-not-tested') return true
  // Silence is not answered by what was seen at another time.
  return reason === 'no-data' && touchesTime(seen, scene)
}

/** Another mark arrived, whoever changed it: what is not marked cannot go first, under load or not. */
const OTHER_MARK: ReadonlySet<string> = new Set(['marked-at-host', 'egress-unproven'])

function markJudge(scene: Scene): MergedJudge {
  const { media, judging } = scene.profile
  const { dscp } = media
  const marking = markingJudge({ dscp, op: '==' }, judging.minimumPackets, markPlaces(scene, dscp))
  return {
    scale: NO_SCALE,
    hostProof: true,
    leg: (seen, leg) => {
      const ruling = marking.leg(seen, leg)
      if (ruling.verdict === 'fail' || OTHER_MARK.has(ruling.reason)) return withoutValue(ruling)
      const { n, detail } = ruling
      const hops = hopsText(scene, seen.farEnd, leg, dscp)
      return {
        ...{ verdict: 'inconclusive', reason: 'load-not-tested' },
        detail: joinDetail(detail, hops),
        ...(n === undefined ? {} : { n }),
      }
    },
  }
}

/** The line has no scale, so a mark's number would be a value of nothing. */
function withoutValue({ value: _mark, ...ruling }: Ruling): Ruling {
  return ruling
}

/** How far along the way the mark was seen, for the leg that can be traced. */
function hopsText(scene: Scene, farEnd: string, leg: LegName, dscp: number): string {
  if (leg !== 'out') return ''
  const seen = pathsOf(scene.observations)
    .filter((path) => path.farEnd === farEnd)
    .at(-1)
  const marked = (seen?.hops ?? []).filter((hop) => hop.dscp.length > 0)
  if (marked.length === 0) return ''
  const kept = marked.filter((hop) => hop.dscp.every(({ value }) => value === dscp))
  return `${dscpName(dscp)} at ${kept.length} of ${marked.length} hops that show it`
}
