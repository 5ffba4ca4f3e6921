import { lossBounds } from '../measure/loss-bounds.ts'
import type { RequirementOf } from '../profile/schema.ts'
import type { FarEndName } from '../profile/site.ts'
import type { Finding } from './finding.ts'
import { disturbanceText, excusesOf, unfitToConvict, withheldShare } from './instrument.ts'
import { contradictedText } from './loss.ts'
import { findingOf, joinDetail, type LegName, type Ruling, type Scale } from './ruling.ts'
import { farEndsOf, type Scene } from './scene.ts'
import { type Border, bordersOf } from './segment-scene.ts'

type LossLine = RequirementOf<'segment-loss'>

const LEGS: readonly LegName[] = ['out', 'back']

/** Where the loss ratio from the site to a border lies; the count itself null where it was not seen. */
interface Reach {
  readonly low: number
  readonly high: number
  readonly ratio: number | null
  readonly n: number
  /** Why no pass rests on it; null: one may. */
  readonly denied: Pick<Ruling, 'reason' | 'detail'> | null
}

/** Where a way begins: nothing is lost before it. */
const HERE: Reach = { low: 0, high: 0, ratio: 0, n: Number.POSITIVE_INFINITY, denied: null }

/**
 * Packet loss of each segment (VRN-6), from streams to the reflectors at its two borders, sent at the
 * same time: p = 1 - (1 - P) / (1 - P'), where P is the loss to its far border and P' that to its near
 * one. The interval takes each bound from the worse end of both; each carries half of the allowed
 * error, so that together they keep the confidence of the line. A segment loses no more than the whole
 * way, so a whole way within the limit passes every segment of it. A pass rests on borders alone that were
 * seen through all of the judged time.
 */
export function judgeSegments(line: LossLine, scene: Scene): readonly Finding[] {
  return farEndsOf(line).flatMap((farEnd) => {
    const borders = bordersOf(scene, farEnd)
    if (borders.length === 0 || scene.farEnds[farEnd].voiceless !== null) return []
    const { legs } = scene.profile.voice
    return LEGS.filter((leg) => legs.includes(leg)).flatMap((leg) =>
      judgeWay(line, scene, farEnd, borders, leg),
    )
  })
}

function judgeWay(
  line: LossLine,
  scene: Scene,
  farEnd: FarEndName,
  borders: readonly Border[],
  leg: LegName,
): readonly Finding[] {
  const minimum = scene.profile.judging.minimumPackets
  const reaches = borders.map((border) => reachOf(line, minimum, border, leg))
  const statistic = `ratio of the segment, ${line.confidence * 100} % confidence`
  const scale: Scale = { unit: 'ratio', limit: line.limitRatio, op: line.op, statistic }
  return borders.map((border, at) => {
    const ruling = ruleSegment(line, minimum, borders, reaches, at, leg)
    return findingOf(line, { leg, farEnd, segment: border.name }, scale, ruling)
  })
}

function reachOf(line: LossLine, minimum: number, border: Border, leg: LegName): Reach {
  const { seen, heard } = border
  const loss = seen?.legs[leg].loss
  const denied = denialOf(border, minimum, loss?.expected ?? 0)
  if (loss === undefined || loss.expected === 0)
    return { low: 0, high: 1, ratio: null, n: 0, denied }
  const { lost, unattributed, expected, blocks } = loss
  const told = { ratio: lost / expected, n: expected, denied }
  const sure = Math.max(0, lost - excusesOf(heard).lost[leg])
  if (line.decide === 'point') {
    return { ...told, low: sure / expected, high: (lost + unattributed) / expected }
  }
  const each = 1 - (1 - line.confidence) / 2
  const low = lossBounds(blocks, sure, expected, each)?.low ?? 0
  const high = lossBounds(blocks, lost + unattributed, expected, each)?.high ?? 1
  return { ...told, low, high }
}

/** What keeps a pass from resting on what was seen at a border. */
function denialOf({ heard, denied }: Border, minimum: number, n: number): Reach['denied'] {
  if (n === 0) return { reason: 'no-reply' }
  if (n < minimum) return { reason: 'too-few-packets' }
  if (heard.some((o) => withheldShare(o) !== null))
    return { reason: 'host', detail: disturbanceText(heard) }
  return denied
}

function ruleSegment(
  line: LossLine,
  minimum: number,
  borders: readonly Border[],
  reaches: readonly Reach[],
  at: number,
  leg: LegName,
): Ruling {
  const near = reaches[at - 1] ?? HERE
  const far = reaches[at]!
  const low = Math.max(0, composed(far.low, near.high))
  // No segment loses more than the way it is a part of.
  const whole = Math.min(...reaches.slice(at).map((reach) => reach.high))
  const high = Math.max(low, Math.min(whole, Math.max(0, composed(far.high, near.low))))
  const detail = segmentText(borders, reaches, at, leg)
  const value = pointOf(far, near)
  const shown = { detail, n: Math.min(far.n, near.n), value, interval: [low, high] as const }
  const unseen = reaches.slice(at).every((reach) => reach.ratio === null)
  if (unseen) return { verdict: 'inconclusive', reason: 'no-reply', detail }
  if (near.low > far.high) return { ...shown, ...undecided('segment-contradiction') }
  if (high <= line.limitRatio) {
    const why = whyNoPass(line.limitRatio, near, reaches.slice(at))
    if (why === null) return { ...shown, verdict: 'pass', reason: 'within-limit' }
    return { ...shown, ...undecided(why.reason), detail: joinDetail(detail, why.detail) }
  }
  if (low <= line.limitRatio || shown.n < minimum) {
    const silent = far.ratio === null || near.ratio === null
    return { ...shown, ...undecided(silent ? 'no-reply' : 'too-few-packets') }
  }
  const used = [borders[at - 1], borders[at]].flatMap((border) => border?.heard ?? [])
  if (used.every((o) => unfitToConvict(o) === ''))
    return { ...shown, verdict: 'fail', reason: 'over-limit', ...adviceFor(borders[at]!) }
  return { ...shown, ...undecided('host'), detail: joinDetail(detail, disturbanceText(used)) }
}

/**
 * What a segment lacks for a pass: it is within the limit by the two borders beside it, or by the way
 * to its far border or beyond. Null: one of these stands, and nothing denies it.
 */
function whyNoPass(limit: number, near: Reach, beyond: readonly Reach[]): Reach['denied'] {
  const ways = beyond.filter(({ high }) => high <= limit)
  const [far] = beyond
  const both = far !== undefined && composed(far.high, near.low) <= limit ? [far, near] : []
  if (ways.some(({ denied }) => denied === null)) return null
  const beside = both.find(({ denied }) => denied !== null)
  if (both.length > 0 && beside === undefined) return null
  return beside?.denied ?? ways[0]?.denied ?? { reason: 'too-few-packets' }
}

function undecided(reason: Ruling['reason']): Pick<Ruling, 'verdict' | 'reason'> {
  return { verdict: 'inconclusive', reason }
}

function adviceFor({ name, owner }: Border): Pick<Ruling, 'advice'> {
  const who = owner === undefined ? '' : ` with ${owner}`
  return { advice: `mend queueing or capacity in segment ${name}${who}` }
}

/** Loss of a part, from that of the way with it and that of the way without it. */
function composed(withIt: number, without: number): number {
  return without >= 1 ? Number.NEGATIVE_INFINITY : 1 - (1 - withIt) / (1 - without)
}

/** Chance may let a longer way lose less; a negative loss is shown as none. */
function pointOf(far: Reach, near: Reach): number | null {
  if (far.ratio === null || near.ratio === null) return null
  return Math.max(0, composed(far.ratio, near.ratio))
}

function segmentText(
  borders: readonly Border[],
  reaches: readonly Reach[],
  at: number,
  leg: LegName,
): string {
  const [near, far] = [borders[at - 1], borders[at]!]
  const owner = far.owner === undefined ? '' : ` (${far.owner})`
  const to = (border: Border, reach: Reach | undefined) =>
    reach?.ratio == null
      ? `${border.name}: not heard`
      : `${(100 * reach.ratio).toFixed(2)} % lost to the border of ${border.name}`
  const contradicted = [near, far]
    .map((border) => border?.seen?.contradictedReceipts ?? 0)
    .reduce((sum, count) => sum + count, 0)
  const minimum = deltaText(
    near?.seen?.rtt?.min ?? (near === undefined ? 0 : null),
    far.seen?.rtt?.min,
  )
  return joinDetail(
    `segment ${far.name}${owner} ${leg}: ${to(far, reaches[at])}`,
    near === undefined ? '' : to(near, reaches[at - 1]),
    minimum,
    contradictedText(contradicted),
  )
}

/** Minima of nested ways may be subtracted; higher quantiles may not. */
function deltaText(near: number | null, far: number | undefined): string {
  if (near === null || far === undefined) return ''
  return `adds ${(far - near).toFixed(2)} ms to the smallest round trip`
}
