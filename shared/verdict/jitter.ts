import type { RequirementOf } from '../profile/schema.ts'
import type { Jitter, StreamObservation } from '../record/observation.ts'
import { answeredIn, type HostExcuses, type MergedJudge } from './leg-judge.ts'
import { type LegName, nothingSeen, type Ruling, tooFew } from './ruling.ts'
import { alternativesOf, decide, intervalOf, middleOf, type Sample, standsOn } from './statistic.ts'

type JitterLine = RequirementOf<'jitter'>

/**
 * Interarrival jitter (VRN-4) as RFC 3550 A.8 defines it, sampled at every packet in order of
 * arrival, strictly below the limit. It needs no clocks, but some packets to settle: fewer than the
 * profile's minimum decide nothing.
 */
export function jitterJudge(line: JitterLine, minimumPackets: number): MergedJudge {
  return {
    scale: { unit: 'ms', limit: line.limitMs, op: line.op, statistic: line.statistic },
    countedAgainst: (o, leg) => o.legs[leg].jitter?.limitMs ?? null,
    // The first packet of each call only sets the reference.
    owed: (o) => Math.max(0, answeredIn(o) - o.calls),
    standsOn: ({ legs }, leg, owed) => {
      const { jitter } = legs[leg]
      return jitter !== null && standsOn(line.statistic, sampleOf(jitter), owed)
    },
    leg: (seen, leg, excuses) => judgeLeg(line, minimumPackets, seen, leg, excuses),
  }
}

function judgeLeg(
  line: JitterLine,
  minimum: number,
  seen: StreamObservation,
  leg: LegName,
  excuses: HostExcuses | undefined,
): Ruling {
  const { jitter } = seen.legs[leg]
  if (jitter === null) return nothingSeen(seen, leg)
  const { n } = jitter
  if (n < minimum) return tooFew(n, minimum)
  const sample = sampleOf(jitter)
  const verdict = decide(line.statistic, sample, excuses?.jitter)
  return {
    verdict,
    // Only an excuse can leave a known number undecided.
    reason: verdict === 'pass' ? 'within-limit' : verdict === 'fail' ? 'over-limit' : 'host',
    value: middleOf(line.statistic, sample),
    interval: intervalOf(line.statistic, sample),
    n,
    alternatives: alternativesOf(line.statistic, sample),
    detail:
      verdict === 'pass' ? '' : `${sample.must} of ${n} samples at ${sample.limit} ms or more`,
  }
}

function sampleOf(jitter: Jitter): Sample {
  return {
    n: jitter.n,
    limit: jitter.limitMs,
    may: jitter.reachesLimit,
    must: jitter.reachesLimit,
    low: jitter.running,
    high: jitter.running,
  }
}
