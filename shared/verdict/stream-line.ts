import type { Requirement } from '../profile/schema.ts'
import type { FarEndName } from '../profile/site.ts'
import type { StreamObservation } from '../record/observation.ts'
import type { Finding } from './finding.ts'
import { disturbanceText, excusesOf, unfitToConvict, withheldShare } from './instrument.ts'
import type { HostExcuses, LegJudge, MergedJudge } from './leg-judge.ts'
import { findingOf, joinDetail, type LegName, type Ruling } from './ruling.ts'
import { type FarEndScene, farEndsOf, merged, type Scene } from './scene.ts'

const LEGS: readonly LegName[] = ['out', 'back']

/** Judges a line that streams answer: every far end it must hold at, both legs, and their sum. */
export function judgeStreamLine(
  line: Requirement,
  judge: LegJudge,
  scene: Scene,
): readonly Finding[] {
  const farEnds = farEndsOf(line)
  if (farEnds.length === 0) {
    const ruling: Ruling = { verdict: 'not-tested', reason: 'no-voice-leg' }
    return [findingOf(line, { leg: 'none', farEnd: 'none' }, judge.scale, ruling)]
  }
  const elsewhere = farEnds.some((name) => scene.farEnds[name].voiceless === null)
  return farEnds.flatMap((name) => judgeFarEnd(line, judge, scene, name, elsewhere))
}

function judgeFarEnd(
  line: Requirement,
  judge: LegJudge,
  scene: Scene,
  name: FarEndName,
  elsewhere: boolean,
): readonly Finding[] {
  const farEnd = scene.farEnds[name]
  const { legs, between } = scene.profile.voice
  const findings = LEGS.map((leg) => {
    const voiceless = farEnd.voiceless ?? (legs.includes(leg) ? null : 'voice does not go this way')
    // With one site point measured, the data centres owe no voice; both data centres always do.
    const spared = !legs.includes(leg) || (between === 'site-site' && elsewhere)
    if (voiceless !== null) {
      const ruling: Ruling = { verdict: 'not-tested', reason: 'no-voice-leg', detail: voiceless }
      const finding = findingOf(line, { leg, farEnd: name }, judge.scale, ruling)
      return { ...finding, required: finding.required && !spared }
    }
    return findingOf(line, { leg, farEnd: name }, judge.scale, ruleLeg(judge, farEnd, leg))
  })
  const either = findings.some((f) => f.verdict === 'fail') ? null : ruleEither(judge, farEnd)
  if (either === null || legs.length < 2 || farEnd.voiceless !== null) return findings
  return [...findings, findingOf(line, { leg: 'either', farEnd: name }, judge.scale, either)]
}

/** One leg of one far end, or why there is none; gaps in the judged time deny a pass. */
function ruleLeg(judge: LegJudge, farEnd: FarEndScene, leg: LegName): Ruling {
  // Of a far end that the site does not have every moment is a hole.
  if (farEnd.absent?.reason === 'far-end-not-configured') return farEnd.absent
  if (farEnd.absent !== null) return withHoles(farEnd.absent, farEnd)
  const ruling = 'farEnd' in judge ? judge.farEnd(farEnd, leg) : ruleSeen(judge, farEnd, leg)
  return withHoles(ruling, farEnd)
}

/** The windows of a far end, one by one and merged. */
export type Seen = Pick<FarEndScene, 'heard' | 'seen'>

/** One leg as it was seen, less what the state of the instrument forbids to say. */
export function ruleSeen(judge: MergedJudge, farEnd: Seen, leg: LegName): Ruling {
  const { seen } = farEnd
  if (seen === null) return { verdict: 'not-tested', reason: 'no-data' }
  const misfit = otherLimit(judge, farEnd.heard, leg)
  if (misfit !== null) return misfit
  const ruling = judge.leg(seen, leg)
  if (judge.hostProof === true) return provenByOne(ruling, farEnd.heard, (o) => judge.leg(o, leg))
  if (ruling.verdict !== 'fail') {
    return withheld(leftOut(ruling, judge, seen, farEnd.heard, leg), farEnd.heard)
  }
  return convict(ruling, farEnd.heard, (o, excuses) => judge.leg(o, leg, excuses))
}

/** A pass on some of the packets that were answered does not speak of the others. */
function leftOut(
  ruling: Ruling,
  { owed, standsOn }: MergedJudge,
  seen: StreamObservation,
  heard: readonly StreamObservation[],
  leg: LegName,
): Ruling {
  if (ruling.verdict !== 'pass' || owed === undefined) return ruling
  const all = heard.reduce((sum, o) => sum + owed(o), 0)
  if (standsOn?.(seen, leg, all) !== false) return ruling
  const what = `known of ${ruling.n ?? 0} of ${all} packets that were answered: the rest may be over the limit`
  const detail = joinDetail(ruling.detail, what)
  const advice = "hold both hosts' raw rows against each other to see what was left out"
  return { ...ruling, verdict: 'inconclusive', reason: 'partly-observed', detail, advice }
}

function ruleEither(judge: LegJudge, farEnd: FarEndScene): Ruling | null {
  const { seen } = farEnd
  if (seen === null || 'farEnd' in judge || judge.either === undefined) return null
  if (LEGS.some((leg) => otherLimit(judge, farEnd.heard, leg) !== null)) return null
  const { either } = judge
  const ruling = either(seen)
  if (ruling === null) return null
  const checked = convict(ruling, farEnd.heard, (o, excuses) => either(o, excuses))
  // Where the host may be the cause, the two legs already say that nothing is decided.
  return checked.verdict === 'fail' ? withHoles(checked, farEnd) : null
}

/** What is asked of every packet fails by one window that proves it, whatever another could not see. */
function provenByOne(
  ruling: Ruling,
  heard: readonly StreamObservation[],
  one: (seen: StreamObservation) => Ruling,
): Ruling {
  if (ruling.verdict !== 'inconclusive' || heard.length < 2) return ruling
  const proof = heard.map(one).find(({ verdict }) => verdict === 'fail')
  if (proof === undefined) return ruling
  const { verdict, reason, advice } = proof
  return { ...ruling, verdict, reason, ...(advice === undefined ? {} : { advice }) }
}

/** Counts taken against another limit cannot be held against this one, nor added to those that can. */
function otherLimit(
  judge: MergedJudge,
  heard: readonly StreamObservation[],
  leg: LegName,
): Ruling | null {
  const limits = new Set(heard.map((o) => judge.countedAgainst?.(o, leg) ?? judge.scale.limit))
  limits.delete(judge.scale.limit)
  if (limits.size === 0) return null
  const detail = `counted against ${[...limits].join(', ')} ${judge.scale.unit}`
  return { verdict: 'inconclusive', reason: 'other-limit', detail }
}

/**
 * A fail stands only if it also stands on the windows in which the instrument was sound, less all
 * that the host may have spoiled in those; else the finding is inconclusive and says why.
 */
function convict(
  ruling: Ruling,
  heard: readonly StreamObservation[],
  again: (seen: StreamObservation, excuses: HostExcuses) => Pick<Ruling, 'verdict'> | null,
): Ruling {
  const sound = heard.filter((o) => unfitToConvict(o) === '')
  const seen = merged(sound)
  if (seen !== null && again(seen, excusesOf(sound))?.verdict === 'fail') return ruling
  const detail = joinDetail(ruling.detail, disturbanceText(heard))
  return { ...ruling, verdict: 'inconclusive', reason: 'host', detail }
}

/** What was never offered cannot be lost: the one disturbance that denies a pass. */
function withheld(ruling: Ruling, heard: readonly StreamObservation[]): Ruling {
  if (ruling.verdict !== 'pass' || heard.every((o) => withheldShare(o) === null)) return ruling
  const detail = joinDetail(ruling.detail, disturbanceText(heard))
  return { ...ruling, verdict: 'inconclusive', reason: 'host', detail }
}

function withHoles(ruling: Ruling, farEnd: FarEndScene): Ruling {
  const detail = joinDetail(ruling.detail, farEnd.holes)
  if (ruling.verdict !== 'pass') return { ...ruling, detail }
  if (farEnd.answeredForBoth) {
    return { ...ruling, verdict: 'inconclusive', reason: 'one-reflector', detail }
  }
  if (!farEnd.denied) return { ...ruling, detail }
  return { ...ruling, verdict: 'inconclusive', reason: 'partly-observed', detail }
}
