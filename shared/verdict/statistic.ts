import { quantile } from '../measure/distribution.ts'
import type { Statistic } from '../profile/schema.ts'
import type { Distribution } from '../record/observation.ts'

export const STATISTICS: readonly Statistic[] = ['mean', 'p95', 'p99', 'max']

/**
 * A sample against a strict upper limit, as exact counts. Where a value is only known to lie in an
 * interval, `low` and `high` are the distributions of its two ends; otherwise they are the same.
 */
export interface Sample {
  readonly n: number
  readonly limit: number
  /** How many may be at the limit or above it, and how many certainly are. */
  readonly may: number
  readonly must: number
  readonly low: Distribution
  readonly high: Distribution
}

/** What the instrument may have done itself: so much of the sample convicts nobody. */
export interface Excuse {
  /** Samples that the host may have spoiled. */
  readonly packets: number
  /** By how much any one value may be too high, in the unit of the sample. */
  readonly margin: number
}

export const NO_EXCUSE: Excuse = { packets: 0, margin: 0 }

export type Decision = 'pass' | 'fail' | 'inconclusive'

/**
 * How many of n samples may reach the limit while the statistic stays below it. A percentile is the
 * sample of rank ceil(p n) in ascending order (nearest rank), so n - ceil(p n) may lie at or above
 * the limit; integers only, so that no rounding decides. Null for the mean, which no count decides.
 */
export function allowance(statistic: Statistic, n: number): number | null {
  if (statistic === 'mean') return null
  const percent = { p95: 95, p99: 99, max: 100 }[statistic]
  return n - Math.ceil((percent * n) / 100)
}

/** The statistic of a distribution, in its own unit. */
export function statisticOf(statistic: Statistic, of: Distribution): number {
  return statistic === 'mean' ? of.sum / of.n : of[statistic]
}

/**
 * Where the statistic lies: from the low ends to the high ends of the sample. Percentiles of merged
 * windows come from a histogram, so its bucket's width joins the error; what the exact counts have
 * already decided about the limit is kept.
 */
export function intervalOf(statistic: Statistic, sample: Sample): readonly [number, number] {
  const low = borders(statistic, sample.low)[0]
  const high = borders(statistic, sample.high)[1]
  const verdict = decide(statistic, sample)
  const below = sample.limit * (1 - Number.EPSILON)
  if (verdict === 'pass') return [Math.min(low, below), Math.min(high, below)]
  if (verdict === 'fail') return [Math.max(low, sample.limit), Math.max(high, sample.limit)]
  return [low, high]
}

function borders(statistic: Statistic, of: Distribution): readonly [number, number] {
  const value = statisticOf(statistic, of)
  if (statistic === 'mean' || statistic === 'max') return [value, value]
  const { ms, lowMs, highMs } = quantile(of, statistic === 'p95' ? 0.95 : 0.99)
  // One window carries its exact percentile; a merged one carries the histogram's.
  return ms === value ? [lowMs, highMs] : [value, value]
}

/** The value to print: the statistic where it is known exactly, else the middle of its interval. */
export function middleOf(statistic: Statistic, sample: Sample): number {
  const [low, high] = intervalOf(statistic, sample)
  return (low + high) / 2
}

/**
 * Holds a sample against its limit, strictly below: pass when the whole error is below, fail when
 * the whole error is at or above, else inconclusive. An excuse weakens a fail and nothing else.
 */
export function decide(statistic: Statistic, sample: Sample, excuse = NO_EXCUSE): Decision {
  const allowed = allowance(statistic, sample.n)
  const passes =
    allowed === null ? sample.high.sum / sample.n < sample.limit : sample.may <= allowed
  if (passes) return 'pass'
  return fails(statistic, sample, excuse) ? 'fail' : 'inconclusive'
}

/**
 * Whether a pass stands on a sample that lacks some of what is owed. A count decides with these at the
 * limit; where none can (a mean, a maximum) one in a hundred may lack.
 */
export function standsOn(statistic: Statistic, sample: Sample, owed: number): boolean {
  const lacks = Math.max(0, owed - sample.n)
  if (lacks === 0) return true
  const all = sample.n + lacks
  if (statistic === 'mean' || statistic === 'max') return lacks <= all / 100
  return sample.may + lacks <= (allowance(statistic, all) ?? 0)
}

function fails(statistic: Statistic, sample: Sample, excuse: Excuse): boolean {
  if (excuse.margin > 0 && statisticOf(statistic, sample.low) < sample.limit + excuse.margin) {
    return false
  }
  const allowed = allowance(statistic, sample.n)
  if (allowed !== null) return sample.must - excuse.packets > allowed
  const rest = sample.n - excuse.packets
  // Taking away the largest value each time leaves at least this much for the rest.
  return rest > 0 && (sample.low.sum - excuse.packets * sample.low.max) / rest >= sample.limit
}

/** What every statistic but the profile's own would have decided on the same sample. */
export function alternativesOf(
  chosen: Statistic,
  sample: Sample,
): readonly { readonly statistic: string; readonly verdict: Decision }[] {
  return STATISTICS.filter((statistic) => statistic !== chosen).map((statistic) => ({
    statistic,
    verdict: decide(statistic, sample),
  }))
}
