import type { RequirementOf } from '../profile/schema.ts'
import type { Jitter, Loss, StreamObservation } from '../record/observation.ts'
import { answeredIn, type HostExcuses, type MergedJudge } from './leg-judge.ts'
import { joinDetail, type LegName, nothingSeen, type Ruling, tooFew } from './ruling.ts'
import {
  alternativesOf,
  decide,
  intervalOf,
  middleOf,
  type Sample,
  standsOn,
  statisticOf,
} from './statistic.ts'

type JitterLine = RequirementOf<'jitter'>

/**
 * Interarrival jitter (VRN-4) as RFC 3550 A.8 defines it, sampled at every packet in order of
 * arrival, strictly below the limit. It needs no clocks, but some packets to settle: fewer than the
 * profile's minimum decide nothing. Of the way out there are two reckonings, from the kernel's stamps
 * of departure and from the stamps inside the packets, which a second party, the reflector, signs:
 * only what both decide is decided.
 */
export function jitterJudge(line: JitterLine, minimumPackets: number): MergedJudge {
  return {
    scale: { unit: 'ms', limit: line.limitMs, op: line.op, statistic: line.statistic },
    countedAgainst: (o, leg) => o.legs[leg].jitter?.limitMs ?? null,
    // The first packet of each call only sets the reference.
    owed: (o) => Math.max(0, answeredIn(o) - o.calls),
    standsOn: (seen, leg, owed) => {
      const { jitter } = seen.legs[leg]
      if (jitter === null) return false
      return standsOn(line.statistic, sampleOf(line, jitter, stampedOf(seen, leg)), owed)
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
  if (n < minimum) return tooFew(n, minimum, seen)
  const { statistic } = line
  const stamped = stampedOf(seen, leg)
  const [measured, sample] = [sampleOf(line, jitter), sampleOf(line, jitter, stamped)]
  const verdict = decide(statistic, sample, excuses?.jitter)
  return {
    verdict,
    // Only the hosts can leave a known number undecided.
    reason: verdict === 'pass' ? 'within-limit' : verdict === 'fail' ? 'over-limit' : 'host',
    value: middleOf(statistic, measured),
    interval: intervalOf(statistic, verdict === 'inconclusive' ? sample : measured),
    n,
    alternatives: alternativesOf(statistic, sample),
    detail: verdict === 'pass' ? '' : detailOf(measured, verdict === 'fail' ? null : stamped),
    ...(verdict === 'fail' ? byReordering(seen.legs[leg].loss, measured) : {}),
  }
}

/** Samples that one packet out of order lifts: after so many an eighth of what it added is left. */
const LIFTED = 32

/** RFC 3550 counts a packet that was overtaken as a deviation, and once more the one after it. */
function byReordering(
  { reordered, received }: Loss,
  measured: Sample,
): Pick<Ruling, 'detail' | 'advice'> {
  if (reordered === 0 || reordered * LIFTED < measured.must) return {}
  const overtaken = `${reordered} of ${received} packets were overtaken, and RFC 3550 counts that as jitter`
  return {
    detail: joinDetail(detailOf(measured, null), `reordering is the likely cause: ${overtaken}`),
    advice:
      'keep each call on one way and in one queue: balance load per flow instead of per packet, ' +
      'and look for parallel links, tunnels or queues that share it out',
  }
}

function detailOf({ must, n, limit }: Sample, stamped: Jitter | null): string {
  const over = `${must} of ${n} samples at ${limit} ms or more`
  if (stamped === null) return over
  return `${over}, ${stamped.reachesLimit} by the stamps inside the packets: this host held them back`
}

/** Null where there is none that the kernel's could be held against. */
function stampedOf({ stampedJitter }: StreamObservation, leg: LegName): Jitter | null {
  return leg === 'out' ? (stampedJitter ?? null) : null
}

/** From the lower to the higher of both reckonings; the other may know packets that this one does not. */
function sampleOf(
  { statistic }: JitterLine,
  { n, limitMs: limit, reachesLimit, running }: Jitter,
  other: Jitter | null = null,
): Sample {
  const one = { n, limit, may: reachesLimit, must: reachesLimit, low: running, high: running }
  if (other === null) return one
  const there = { ...other.running, sum: (other.running.sum / other.n) * n }
  const higher = statisticOf(statistic, there) > statisticOf(statistic, running)
  return {
    ...one,
    may: Math.max(reachesLimit, Math.min(other.reachesLimit, n)),
    must: Math.min(reachesLimit, other.reachesLimit),
    ...(higher ? { high: there } : { low: there }),
  }
}
