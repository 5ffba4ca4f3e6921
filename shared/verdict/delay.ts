import type { RequirementOf } from '../profile/schema.ts'
import type { Delay, StreamObservation } from '../record/observation.ts'
import { nothing } from './faulty-clocks.ts'
import { answeredIn, type HostExcuses, type MergedJudge } from './leg-judge.ts'
import { type LegName, nothingSeen, type Ruling, tooFew } from './ruling.ts'
import {
  allowance,
  alternativesOf,
  type Decision,
  decide,
  intervalOf,
  type Sample,
  standsOn,
  statisticOf,
} from './statistic.ts'

type DelayLine = RequirementOf<'one-way-delay'>

/**
 * One-way delay (VRN-3), strictly below the limit, each leg by itself. What clocks are needed for:
 *
 * - R1: the round trip less dwell bounds both legs, packet by packet and so for every statistic.
 *   It passes both legs with no trust in any clock.
 * - bounds: with a bounded offset, every packet has an upper and a lower end; counts of ends at the
 *   limit decide. The per-packet upper end already holds R1.
 * - R2: a round trip of twice the limit puts at least one leg at the limit. More of them than both
 *   legs together may have prove that one leg fails, without telling which.
 *
 * Clocks that contradict causality or stepped leave only R1 and R2.
 */
export function delayJudge(line: DelayLine, minimumPackets: number): MergedJudge {
  return {
    scale: { unit: 'ms', limit: line.limitMs, op: line.op, statistic: line.statistic },
    leg: (seen, leg, excuses) => judgeLeg(line, minimumPackets, seen, leg, excuses),
    countedAgainst: (o, leg) => o.legs[leg].delay?.limitMs ?? null,
    owed: answeredIn,
    standsOn: (seen, leg, owed) => {
      const { delay } = seen.legs[leg]
      const samples = [roundTripSample(line, seen), delay === null ? null : sampleOf(delay)]
      return samples.some((one) => one !== null && standsOn(line.statistic, one, owed))
    },
    either: (seen, excuses) => judgeEither(line, minimumPackets, seen, excuses),
  }
}

function judgeLeg(
  line: DelayLine,
  minimum: number,
  seen: StreamObservation,
  leg: LegName,
  excuses: HostExcuses | undefined,
): Ruling {
  const { delay } = seen.legs[leg]
  const roundTrip = roundTripSample(line, seen)
  // R1 stands whatever the clocks say, so it is asked first.
  const clockFree =
    roundTrip !== null &&
    roundTrip.n >= (delay?.n ?? 0) &&
    decide(line.statistic, roundTrip) === 'pass'
  const sample =
    delay === null ? roundTrip : boundedBy(clockFree ? roundTrip : null, sampleOf(delay))
  if (sample === null) return nothingSeen(seen, leg)
  const { n } = sample
  // Half a round trip would be a guess dressed as a measurement.
  const measured = sample !== roundTrip && seen.clocks.offset !== null
  const own = intervalOf(line.statistic, sample)
  const interval = within(own, clockFree ? intervalOf(line.statistic, roundTrip) : null)
  const figures = { n, interval, value: measured ? (interval[0] + interval[1]) / 2 : null }
  if (n < minimum) return { ...figures, ...tooFew(n, minimum, seen) }
  const alternatives = alternativesOf(line.statistic, sample)
  const verdict = decide(line.statistic, sample, excuses?.delay)
  if (clockFree) {
    const detail = 'by the round trip alone'
    return { ...figures, alternatives, verdict: 'pass', reason: 'within-limit', detail }
  }
  return { ...figures, alternatives, verdict, ...grounds(verdict, seen, sample) }
}

/** No statistic of a leg lies above that of round trips which prove it. */
function within(
  [low, high]: readonly [number, number],
  roundTrip: readonly [number, number] | null,
): readonly [number, number] {
  const most = Math.min(high, roundTrip?.[1] ?? high)
  return [Math.min(low, most), most]
}

/** One-way figures that the round trip contradicts give way to it. */
function boundedBy(roundTrip: Sample | null, sample: Sample): Sample {
  return roundTrip !== null && sample.high.max > roundTrip.high.max ? roundTrip : sample
}

/** Why it was decided so, or what keeps it from being decided. */
function grounds(
  verdict: Decision,
  seen: StreamObservation,
  sample: Sample,
): Pick<Ruling, 'reason' | 'detail'> {
  if (verdict === 'fail') return { reason: 'over-limit', detail: reachText(sample) }
  if (verdict === 'pass') return { reason: 'within-limit' }
  const { fault } = seen.clocks
  if (fault === null) return { reason: 'clock-uncertain', detail: reachText(sample) }
  const what = fault === 'step' ? 'a clock stepped' : 'the stamps contradict each other'
  return { reason: 'clock-fault', detail: `${what}, so only round trips count` }
}

function reachText({ n, may, must, limit }: Sample): string {
  const certain = `${must} of ${n} packets took ${limit} ms or more`
  return may === must ? certain : `${certain}, ${may - must} more may have`
}

/** R2; null where the round trips do not prove it. */
function judgeEither(
  line: DelayLine,
  minimum: number,
  seen: StreamObservation,
  excuses: HostExcuses | undefined,
): Ruling | null {
  const { rtt, rttReachesTwiceLimit: reached } = seen
  if (rtt === null || rtt.n < minimum) return null
  const twice = 2 * line.limitMs
  const { packets, margin } = excuses?.delay ?? { packets: 0, margin: 0 }
  if (margin > 0 && statisticOf(line.statistic, rtt) < twice + margin) return null
  const allowed = allowance(line.statistic, rtt.n)
  const rest = rtt.n - packets
  const proven =
    allowed === null
      ? rest > 0 && (rtt.sum - packets * rtt.max) / rest >= twice
      : // Each such packet is over the limit on one leg, and each leg may have `allowed` of them.
        reached - packets > 2 * allowed
  if (!proven) return null
  const value = statisticOf(line.statistic, rtt)
  return {
    verdict: 'fail',
    reason: 'rtt-proves-fail',
    detail: `${reached} of ${rtt.n} round trips took ${twice} ms or more`,
    value,
    interval: [value, value],
    n: rtt.n,
    scale: { limit: twice, statistic: `${line.statistic} of round trips` },
  }
}

/** R1: a leg of which only this is known lies between nothing and its round trip. */
function roundTripSample(line: DelayLine, seen: StreamObservation): Sample | null {
  const { rtt, rttReachesLimit: may } = seen
  if (rtt === null) return null
  return { n: rtt.n, limit: line.limitMs, may, must: 0, low: nothing(rtt), high: rtt }
}

function sampleOf(delay: Delay): Sample {
  return {
    n: delay.n,
    limit: delay.limitMs,
    may: delay.mayReachLimit,
    must: delay.mustReachLimit,
    low: delay.atLeast,
    high: delay.atMost,
  }
}
