import type { Profile, RequirementOf } from '../profile/schema.ts'
import type { StreamObservation } from '../record/observation.ts'
import { capacityOf, type Held, type LegCapacity, worstHeld } from './capacity.ts'
import type { Finding } from './finding.ts'
import { joinDetail, type LegName, type Ruling } from './ruling.ts'
import { type FarEndScene, merged, type Scene } from './scene.ts'
import { judgeStreamLine } from './stream-line.ts'

type BandwidthLine = RequirementOf<'bandwidth'>

/**
 * Bandwidth (VRN-7): offer the peak number of calls both ways and see whether delay, jitter and loss
 * keep their limits meanwhile. Only the windows at that load are looked at, so that quiet hours do
 * not dilute them. Fewer calls than the peak can fail, since more would do no better, but never pass.
 *
 * Where a capacity run was made, its steps decide, each number of calls by itself: what breaks beyond
 * the peak is no fail, and a number between two steps is not claimed.
 */
export function judgeBandwidth(line: BandwidthLine, scene: Scene): readonly Finding[] {
  const { profile, site, ramps } = scene
  const farEnds = {
    primary: ramps.primary ?? scene.farEnds.primary,
    secondary: ramps.secondary ?? scene.farEnds.secondary,
  }
  const judge = {
    scale: { unit: 'kbit/s', limit: null, op: '>=', statistic: 'offered each way' },
    farEnd: (farEnd: FarEndScene, leg: LegName) =>
      (farEnd === ramps[farEnd.name] ? judgeRamp : judgeLeg)(
        { line, profile, peak: site?.peakCalls },
        farEnd,
        leg,
      ),
  } as const
  return judgeStreamLine(line, judge, { ...scene, farEnds })
}

const NEEDS_PEAK = {
  verdict: 'inconclusive',
  reason: 'needs-site-value',
  advice: 'add peakCalls to the site file',
} as const

interface Asked {
  readonly line: BandwidthLine
  readonly profile: Profile
  readonly peak: number | undefined
}

function judgeLeg({ line, profile, peak }: Asked, farEnd: FarEndScene, leg: LegName): Ruling {
  const load = atHighestLoad(farEnd.heard, peak)
  const calls = Math.min(...load.map((o) => o.calls))
  const offered = offeredBy({ line, profile, peak }, load, calls, leg)
  const calledOut = `${callsText(calls)} offered`
  const all = load.length === farEnd.heard.length
  const worst = worstHeld(profile, load, leg, all ? farEnd.seen : merged(load))
  if (worst !== null) {
    const detail = joinDetail(calledOut, `${worst.id} ${worst.ruling.verdict}`, worst.ruling.detail)
    return { ...offered, ...groundsOf(worst), detail }
  }
  if (peak === undefined) {
    const detail = joinDetail(calledOut, 'missing: peakCalls')
    return { ...offered, ...NEEDS_PEAK, detail }
  }
  if (calls < peak) {
    const detail = `${calledOut}, the peak is ${peak}`
    return { ...offered, verdict: 'inconclusive', reason: 'fewer-calls', detail }
  }
  return { ...offered, verdict: 'pass', reason: 'within-limit', detail: calledOut }
}

/** The steps of a capacity run, held against the peak. */
function judgeRamp(asked: Asked, farEnd: FarEndScene, leg: LegName): Ruling {
  const { peak, profile } = asked
  const found = capacityOf(profile, farEnd.heard, leg)
  const { sustained, broke, undecided } = found
  const told = { detail: capacityText(found, peak) }
  const offeredAt = (calls: number | undefined) =>
    offeredBy(
      asked,
      farEnd.heard.filter((o) => o.calls === calls),
      calls ?? 0,
      leg,
    )
  const best = offeredAt(sustained ?? broke?.calls ?? undecided?.calls)
  if (peak === undefined) {
    const detail = joinDetail(told.detail, 'missing: peakCalls')
    return { ...best, ...NEEDS_PEAK, detail }
  }
  if (sustained !== null && sustained >= peak) {
    return { ...best, ...told, verdict: 'pass', reason: 'within-limit' }
  }
  if (broke?.worst && broke.calls <= peak) {
    return { ...offeredAt(broke.calls), ...told, ...groundsOf(broke.worst) }
  }
  if (undecided?.worst && (broke === null || undecided.calls <= peak)) {
    return { ...offeredAt(undecided.calls), ...told, ...groundsOf(undecided.worst) }
  }
  return { ...best, ...told, verdict: 'inconclusive', reason: 'fewer-calls' }
}

/** What a ramp found, in words: `holds for 40 calls, breaks at 50: VRN-6 fail; 31 of 900 lost`. */
function capacityText(
  { sustained, broke, undecided }: LegCapacity,
  peak: number | undefined,
): string {
  const holds = sustained === null ? 'no number of calls held' : `holds for ${callsText(sustained)}`
  const at = (word: string, calls: number, { id, ruling }: Held) =>
    joinDetail(`${word} ${calls}: ${id} ${ruling.verdict}`, ruling.detail)
  return joinDetail(
    holds,
    undecided?.worst ? at('undecided at', undecided.calls, undecided.worst) : '',
    broke?.worst ? at('breaks at', broke.calls, broke.worst) : '',
    peak !== undefined && peak > (sustained ?? 0) ? `the peak is ${peak}` : '',
  )
}

function groundsOf({ ruling }: Held): Pick<Ruling, 'verdict' | 'reason'> {
  const { verdict, reason } = ruling
  return { verdict, reason: verdict === 'fail' ? 'limits-not-held' : reason }
}

function offeredBy(
  { line, peak }: Asked,
  load: readonly StreamObservation[],
  calls: number,
  leg: LegName,
): Pick<Ruling, 'value' | 'n' | 'scale'> {
  const rate = Math.max(0, ...load.map((o) => line.perCall[o.codec]))
  return {
    value: rate * calls,
    n: load.reduce((sum, o) => sum + o.legs[leg].loss.expected, 0),
    scale: { limit: peak === undefined ? null : rate * peak },
  }
}

function callsText(calls: number): string {
  return `${calls} ${calls === 1 ? 'call' : 'calls'}`
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
