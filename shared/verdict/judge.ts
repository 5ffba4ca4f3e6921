import { Fault } from '../errors.ts'
import type { Profile, RequirementKind, RequirementOf } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'
import type { Observation } from '../record/kinds.ts'
import { judgeBandwidth } from './bandwidth.ts'
import { delayJudge } from './delay.ts'
import { judgeDhcpLine } from './dhcp.ts'
import { judgeDnsLine } from './dns.ts'
import { judgeDuplex } from './duplex.ts'
import type { Finding, Judgement } from './finding.ts'
import { jitterJudge } from './jitter.ts'
import { type JudgedLine, judgedLines } from './judged-line.ts'
import { lossJudge } from './loss.ts'
import { markPlaces } from './mark-place.ts'
import { markingJudge } from './marking.ts'
import { judgePorts } from './ports.ts'
import { judgeQos } from './qos.ts'
import { countVerdicts, rollUp, worstFirst } from './roll-up.ts'
import { type Scene, sceneOf } from './scene.ts'
import { judgeSegments } from './segments.ts'
import { judgeStreamLine } from './stream-line.ts'
import { judgeWaived } from './untested.ts'
import { judgeVlan } from './vlan.ts'

export interface JudgeInput {
  readonly profile: Profile
  /** Hash of the profile, as results carry it. */
  readonly sha256: string
  /** Null where the judging side has no site file: then what only it could give is not tested. */
  readonly site: Site | null
  readonly observations: readonly Observation[]
  /**
   * The time that the judgement speaks of, milliseconds since 1970. A pass claims all of it: where a
   * window's length or more was not seen, there is none. A run passes `periodOf(observations)`.
   */
  readonly from: number
  readonly to: number
  /** Judge these lines alone; the overall then speaks of them alone. */
  readonly onlyLines?: readonly string[]
}

/**
 * Holds observations against a profile: every line x leg x far end gets a finding, worst first, and
 * together they are READY, NOT READY or CANNOT SAY. Pure: the same input always judges alike, so a
 * third party can recompute it. Several windows of a far end are judged as one merged window.
 *
 * Throws a usage fault when `onlyLines` names a line that the profile does not have.
 */
export function judge(input: JudgeInput): Judgement {
  const { profile, site, from, to } = input
  const scene = sceneOf(input)
  const lines = chosen(judgedLines(profile, site), input.onlyLines, profile.id)
  const findings = lines.flatMap((line) =>
    line.waived === null
      ? judgeLine(line, line.requirement, scene)
      : judgeWaived(line, line.waived),
  )
  return {
    overall: rollUp(findings),
    profile: { id: profile.id, version: profile.version, sha256: input.sha256 },
    from,
    to,
    onlyLines: input.onlyLines ?? null,
    counts: countVerdicts(findings),
    findings: worstFirst(findings),
  }
}

type Judge<K extends RequirementKind> = (
  requirement: RequirementOf<K>,
  scene: Scene,
  line: JudgedLine,
) => readonly Finding[]

/** One judge per kind of line: a new kind does not compile until it has one. */
const JUDGES: { readonly [K in RequirementKind]: Judge<K> } = {
  'one-way-delay': (line, scene) => judgeStreamLine(line, delayJudge(line, minimum(scene)), scene),
  jitter: (line, scene) => judgeStreamLine(line, jitterJudge(line, minimum(scene)), scene),
  'segment-loss': (line, scene) => [
    ...judgeStreamLine(line, lossJudge(line, minimum(scene)), scene),
    ...judgeSegments(line, scene),
  ],
  marking: (line, scene) =>
    judgeStreamLine(line, markingJudge(line, minimum(scene), markPlaces(scene, line.dscp)), scene),
  bandwidth: judgeBandwidth,
  qos: judgeQos,
  duplex: judgeDuplex,
  vlan: judgeVlan,
  ports: judgePorts,
  'dns-a': judgeDnsLine,
  'dns-srv': judgeDnsLine,
  'dhcp-option': judgeDhcpLine,
}

function judgeLine<K extends RequirementKind>(
  line: JudgedLine,
  requirement: RequirementOf<K>,
  scene: Scene,
): readonly Finding[] {
  return JUDGES[requirement.kind as K](requirement, scene, line)
}

function minimum(scene: Scene): number {
  return scene.profile.judging.minimumPackets
}

function chosen(
  lines: readonly JudgedLine[],
  only: readonly string[] | undefined,
  profile: string,
): readonly JudgedLine[] {
  if (only === undefined) return lines
  const known = new Set(lines.map((line) => line.requirement.id))
  const stranger = only.find((id) => !known.has(id))
  if (stranger !== undefined) {
    const some = [...known].slice(0, 8).join(', ')
    throw new Fault('USAGE', '--only', `a line of ${profile} (${some} ...)`, stranger)
  }
  return lines.filter((line) => only.includes(line.requirement.id))
}
