import { pathsOf } from '../record/kinds.ts'
import { dscpName } from './dscp-name.ts'
import { markPlaces } from './mark-place.ts'
import { markingJudge } from './marking.ts'
import { joinDetail, type LegName, type MergedJudge, NO_SCALE, type Ruling } from './ruling.ts'
import type { Scene } from './scene.ts'

/**
 * Priority of voice on its way (VRN-1): without the mark there can be none, so a mark that is proven
 * to be lost fails. A mark that arrives proves nothing about queues: whether marked traffic fares
 * better shows under load alone, so there is no pass here.
 */
export function qosJudge(scene: Scene): MergedJudge {
  const { media, judging } = scene.profile
  const { dscp } = media
  const marking = markingJudge({ dscp, op: '==' }, judging.minimumPackets, markPlaces(scene, dscp))
  return {
    scale: NO_SCALE,
    hostProof: true,
    leg: (seen, leg) => {
      const ruling = marking.leg(seen, leg)
      if (ruling.verdict === 'fail') return withoutValue(ruling)
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
