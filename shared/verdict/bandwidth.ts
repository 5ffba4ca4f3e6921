import type { Profile, RequirementOf } from '../profile/schema.ts'
import type { StreamObservation } from '../record/observation.ts'
import { delayJudge } from './delay.ts'
import { jitterJudge } from './jitter.ts'
import { lossJudge } from './loss.ts'
import {
  joinDetail,
  type LegName,
  type MergedJudge,
  type Ruling,
  type WholeJudge,
} from './ruling.ts'
import { type FarEndScene, merged } from './scene.ts'
import { ruleSeen, type Seen } from './stream-line.ts'

type BandwidthLine = RequirementOf<'bandwidth'>

/**
 * Bandwidth (VRN-7): offer the peak number of calls both ways and see whether delay, jitter and loss
 * keep their limits meanwhile. Only the windows at that load are looked at, so that quiet hours do
 * not dilute them. Fewer calls than the peak can fail, since more would do no better, but never pass.
 */
export function bandwidthJudge(
  line: BandwidthLine,
  profile: Profile,
  peakCalls: number | undefined,
): WholeJudge {
  return {
    scale: { unit: 'kbit/s', limit: null, op: '>=', statistic: 'offered each way' },
    farEnd: (farEnd, leg) => judgeLeg(line, profile, peakCalls, farEnd, leg),
  }
}

function judgeLeg(
  line: BandwidthLine,
  profile: Profile,
  peak: number | undefined,
  farEnd: FarEndScene,
  leg: LegName,
): Ruling {
  const load = atHighestLoad(farEnd.heard, peak)
  const calls = Math.min(...load.map((o) => o.calls))
  const rate = Math.max(...load.map((o) => line.perCall[o.codec]))
  const offered = {
    value: rate * calls,
    n: load.reduce((sum, o) => sum + o.legs[leg].loss.expected, 0),
    scale: { limit: peak === undefined ? null : rate * peak },
  }
  const calledOut = `${calls} ${calls === 1 ? 'call' : 'calls'} offered`
  const worst = worstOf(profile, { heard: load, seen: merged(load) }, leg)
  if (worst !== null) {
    const reason = worst.ruling.verdict === 'fail' ? 'limits-not-held' : worst.ruling.reason
    const detail = joinDetail(calledOut, `${worst.id} ${worst.ruling.verdict}`, worst.ruling.detail)
    return { ...offered, verdict: worst.ruling.verdict, reason, detail }
  }
  if (peak === undefined) {
    const detail = joinDetail(calledOut, 'missing: peakCalls')
    return { ...offered, verdict: 'inconclusive', reason: 'needs-site-value', detail }
  }
  if (calls < peak) {
    const detail = `${calledOut}, the peak is ${peak}`
    return { ...offered, verdict: 'inconclusive', reason: 'fewer-calls', detail }
  }
  return { ...offered, verdict: 'pass', reason: 'within-limit', detail: calledOut }
}

/** The windows that carried the peak, or else those that carried the most. */
function atHighestLoad(
  heard: readonly StreamObservation[],
  peak: number | undefined,
): readonly StreamObservation[] {
  const most = Math.max(...heard.map((o) => o.calls))
  const wanted = Math.min(most, peak ?? most)
  return heard.filter((o) => o.calls >= wanted)
}

interface Held {
  readonly id: string
  readonly ruling: Ruling
}

/** The worst of delay, jitter and loss at this load; null when all of them held. */
function worstOf(profile: Profile, farEnd: Seen, leg: LegName): Held | null {
  const held = limitJudges(profile).map(({ id, judge }) => ({
    id,
    ruling: ruleSeen(judge, farEnd, leg),
  }))
  if (held.length === 0) {
    return { id: 'no limit', ruling: { verdict: 'inconclusive', reason: 'probe-not-run' } }
  }
  return (
    held.find(({ ruling }) => ruling.verdict === 'fail') ??
    held.find(({ ruling }) => ruling.verdict !== 'pass') ??
    null
  )
}

function limitJudges(
  profile: Profile,
): readonly { readonly id: string; readonly judge: MergedJudge }[] {
  const { minimumPackets } = profile.judging
  return profile.requirements.flatMap((line) => {
    if (line.kind === 'one-way-delay')
      return [{ id: line.id, judge: delayJudge(line, minimumPackets) }]
    if (line.kind === 'jitter') return [{ id: line.id, judge: jitterJudge(line, minimumPackets) }]
    if (line.kind === 'segment-loss')
      return [{ id: line.id, judge: lossJudge(line, minimumPackets) }]
    return []
  })
}
