import type { Profile } from '../profile/schema.ts'
import type { QosObservation, QosPair } from '../record/qos.ts'
import { fellSilent, type Held, worstHeld } from './capacity.ts'
import { type Fared, fared } from './congestion.ts'
import { dscpCounts, dscpName } from './dscp-name.ts'
import { disturbanceText, excusesOf, unfitToConvict, withheldShare } from './instrument.ts'
import { LOAD_REASONS } from './load-reasons.ts'
import { markingJudge } from './marking.ts'
import { joinDetail, type LegName, type Ruling } from './ruling.ts'

/** Up to this share of what best effort waits, marked voice goes before it. */
const PROTECTED_SHARE = 0.25
/** A packet that is being sent when voice comes must be waited for; slow links make it long. */
const PROTECTED_MS = 5
/** From this share on it waits in the same queue. */
const ALIKE_SHARE = 0.75

/**
 * Priority under load (VRN-1), on one leg. It passes only where a queue was really made on that leg,
 * which best effort shows, and marked voice kept delay, jitter and loss meanwhile and waited far
 * less. It fails where marked voice fared no better although its mark arrived. Everything else is
 * undecided, with its reason: above all that no queue was made.
 */
export function rulingUnderLoad(profile: Profile, seen: QosObservation, leg: LegName): Ruling {
  const { loaded, before } = seen
  const { minimumPackets } = profile.judging
  if (loaded === null) return unloaded(profile, seen, leg)
  const n = loaded.marked.legs[leg].loss.expected
  const doubt = markDoubt(profile, loaded, leg)
  if (doubt !== null) return { ...doubt, n }
  const plain = fared(before, loaded, 'plain', leg, minimumPackets)
  const marked = fared(before, loaded, 'marked', leg, minimumPackets)
  const detail = faredText(profile, loaded, plain, marked)
  if (!plain.queued && !plain.dropped) {
    if (plain.excused && !fellSilent(loaded.marked)) {
      const why = joinDetail(detail, disturbanceText([before.plain, loaded.plain]))
      return { verdict: 'inconclusive', reason: 'host', detail: why, n }
    }
    return { detail, ...noQueue(profile, seen, loaded, leg), n }
  }
  const worst = worstHeld(profile, [loaded.marked], leg)
  if (suffersAlike(profile, seen, leg, plain, marked)) {
    const named = worst?.ruling.verdict === 'fail' ? `${worst.id} fail` : ''
    return { verdict: 'fail', reason: 'no-priority', detail: joinDetail(detail, named), n }
  }
  if (fellSilent(loaded.marked)) {
    const why = joinDetail(detail, 'then the far end fell silent')
    return { verdict: 'inconclusive', reason: 'no-reply', detail: why, n }
  }
  if (worst !== null) return { ...notSpared(profile, seen, leg, worst, detail), n }
  if (!goesFirst(plain, marked)) {
    return { verdict: 'inconclusive', reason: 'priority-unclear', detail, n }
  }
  return { verdict: 'pass', reason: 'priority-kept', detail, n }
}

/** Voice that did not keep its limits under load, and nothing says that the queue was to blame. */
function notSpared(
  profile: Profile,
  seen: QosObservation,
  leg: LegName,
  { id, ruling }: Held,
  fares: string,
): Ruling {
  const found = `${id} ${ruling.verdict === 'fail' ? 'fail' : 'not decided'}`
  const broken = brokenBefore(profile, seen, leg)
  if (broken !== null) return { ...broken, detail: joinDetail(broken.detail, fares, found) }
  const reason = ruling.reason === 'host' ? 'host' : 'priority-unclear'
  return { verdict: 'inconclusive', reason, detail: joinDetail(fares, found, ruling.detail) }
}

function unloaded(profile: Profile, seen: QosObservation, leg: LegName): Ruling {
  const { ended, why } = seen
  if (ended === 'refused') return { verdict: 'inconclusive', reason: 'refused', detail: why }
  if (ended === 'unanswered') return { verdict: 'inconclusive', reason: 'no-reply' }
  if (ended === 'voice-suffered') {
    const other = leg === 'out' ? 'back' : 'out'
    const broken = brokenBefore(profile, seen, leg) ?? brokenBefore(profile, seen, other)
    const host = broken === null ? hostLost(seen) : ''
    const reason = host === '' ? 'broken-before-load' : 'host'
    const detail = joinDetail(`no load was offered: ${why}`, broken?.detail, host)
    return { ...(broken ?? { verdict: 'inconclusive', reason }), detail }
  }
  const detail = ended === 'stopped' ? 'stopped before any load was offered' : ''
  return { verdict: 'inconclusive', reason: 'load-not-tested', detail }
}

/** How the hosts themselves may have lost marked voice without any load; empty: they did not. */
function hostLost({ before }: QosObservation): string {
  const { out, back } = excusesOf([before.marked]).lost
  const unfit = unfitToConvict(before.marked) !== ''
  return unfit || out + back > 0 ? disturbanceText([before.marked]) : ''
}

/** Marked voice that broke a limit on this leg without any load; null where it held, or nobody knows. */
function brokenBefore(profile: Profile, { before }: QosObservation, leg: LegName): Ruling | null {
  const { marked, plain, above } = before
  const worst = worstHeld(profile, [marked], leg)
  if (worst?.ruling.verdict !== 'fail') return null
  const quiet = (which: 'marked' | 'plain') => {
    const { lost, expected } = before[which].legs[leg].loss
    const p95 = above[leg][which]?.p95
    const waited = p95 === undefined ? '' : `+${p95.toFixed(1)} ms p95 above the fastest, `
    return `${waited}${lost} of ${expected} lost`
  }
  const detail =
    `the way ${leg} without load: ${worst.id} fail, ${dscpName(profile.media.dscp)} ` +
    `${quiet('marked')}, best effort ${quiet('plain')}`
  const fewer = `if the ${marked.calls} + ${plain.calls} calls of this look are more than it carries, ask for fewer (--calls)`
  const advice = LOAD_REASONS['broken-before-load'].advice
  return {
    ...{ verdict: 'inconclusive', reason: 'broken-before-load', detail },
    advice: marked.calls === 1 ? advice : `${advice}; ${fewer}`,
  }
}

/** Whether the two streams differed in what they were to differ in, on their whole way. */
function markDoubt(profile: Profile, loaded: QosPair, leg: LegName): Ruling | null {
  const { dscp } = profile.media
  const { marked, plain } = loaded
  if (marked.dscp !== dscp || plain.dscp === dscp) {
    const detail = `streams marked ${dscpName(marked.dscp)} and ${dscpName(plain.dscp)} compared`
    return { verdict: 'inconclusive', reason: 'load-not-tested', detail }
  }
  const marking = markingJudge({ dscp, op: '==' }, profile.judging.minimumPackets)
  const { value: _mark, ...ruling } = marking.leg(marked, leg)
  if (ruling.verdict !== 'pass') return ruling
  const raised = dscpCounts(plain.legs[leg].tos).get(dscp) ?? 0
  if (raised === 0) return null
  const detail = `${raised} packets of best effort arrived marked ${dscpName(dscp)}`
  return { verdict: 'inconclusive', reason: 'priority-unclear', detail }
}

/** Why best effort did not suffer here: the first reason that stands in the way of knowing. */
function noQueue(
  profile: Profile,
  seen: QosObservation,
  loaded: QosPair,
  leg: LegName,
): Pick<Ruling, 'verdict' | 'reason' | 'advice' | 'detail'> {
  const { ended, why, capKbit, before } = seen
  const minimum = profile.judging.minimumPackets
  const verdict = 'inconclusive'
  const load = loaded.load
  const unsent = load !== null && load.notSent > 0.01 * load.scheduled
  if (fellSilent(loaded.marked)) return { verdict, reason: 'no-reply' }
  if (unsent || unfitToConvict(loaded.plain) !== '') return { verdict, reason: 'host' }
  if (ended === 'refused') return { verdict, reason: 'refused', advice: `the reflector: ${why}` }
  const broken = brokenBefore(profile, seen, leg)
  if (broken !== null) return broken
  const other = leg === 'out' ? 'back' : 'out'
  const there = fared(before, loaded, 'plain', other, minimum)
  if (ended === 'suffered' || there.queued || there.dropped || there.excused) {
    const advice =
      `the way ${other} gives in first, so no more load comes here; ` +
      'for this leg run it at the other side, towards a reflector here'
    return { verdict, reason: 'no-congestion', advice }
  }
  return { verdict, reason: 'no-congestion', ...adviceAfter(ended, why, capKbit) }
}

/** What to do where nobody waited, by what ended the run; empty: offer more. */
function adviceAfter(
  ended: QosObservation['ended'],
  why: string,
  capKbit: number,
): Pick<Ruling, 'advice'> {
  if (ended === 'cap') {
    const cap = `allow more than the ${mbit(capKbit)} of this run (--max-rate)`
    return { advice: `${cap}, and more than the way carries, at a quiet hour` }
  }
  if (ended === 'stopped') return { advice: 'let it run to its end, at a quiet hour' }
  if (ended !== 'voice-suffered') return {}
  return {
    advice: `${why}, though nobody had to wait: look for what drops it, voip-ready path first`,
  }
}

/** Marked voice waited in the same queue, or a limit broke for it that held without load. */
function suffersAlike(
  profile: Profile,
  { before, loaded }: QosObservation,
  leg: LegName,
  plain: Fared,
  marked: Fared,
): boolean {
  if (loaded === null || unfitToConvict(loaded.marked) !== '') return false
  const broke = worstHeld(profile, [loaded.marked], leg)?.ruling.verdict === 'fail'
  const brokeBefore = worstHeld(profile, [before.marked], leg)?.ruling.verdict === 'fail'
  if (broke && !brokeBefore && (marked.queued || marked.dropped)) return true
  if (!plain.queued || !marked.queued) return false
  const waited = (marked.riseMs ?? 0) - marked.marginMs
  return waited >= ALIKE_SHARE * (plain.riseMs ?? Number.POSITIVE_INFINITY)
}

function goesFirst(plain: Fared, marked: Fared): boolean {
  if (marked.riseMs === null || marked.dropped) return false
  // Where best effort was only dropped, the limits say whether voice was spared.
  if (!plain.queued) return !marked.queued
  return marked.riseMs <= Math.max(PROTECTED_MS, PROTECTED_SHARE * (plain.riseMs ?? 0))
}

function faredText(profile: Profile, { load, marked, plain }: QosPair, p: Fared, m: Fared): string {
  const mark = dscpName(profile.media.dscp)
  const offered = load === null ? 'no load' : `load ${mbit(load.kbit)} each way`
  return joinDetail(
    `${offered} beside ${marked.calls} + ${plain.calls} calls`,
    `best effort ${oneText(p)}`,
    `${mark} ${oneText(m)}`,
    withheldShare(marked) !== null || unfitToConvict(marked) !== ''
      ? disturbanceText([marked])
      : '',
  )
}

function oneText({ riseMs, marginMs, lost, expected }: Fared): string {
  const error = marginMs > 0 ? ` (error ${marginMs} ms)` : ''
  const rise = riseMs === null ? 'delay unknown' : `+${riseMs.toFixed(1)} ms p95${error}`
  return `${rise}, ${lost} of ${expected} lost`
}

function mbit(kbit: number): string {
  return kbit < 1000 ? `${Math.round(kbit)} kbit/s` : `${(kbit / 1000).toFixed(2)} Mbit/s`
}
