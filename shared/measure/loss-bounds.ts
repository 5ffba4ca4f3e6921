import type { Loss } from '../record/observation.ts'
import { lowerBound, upperBound } from './binomial.ts'

export type LossBlocks = Loss['blocks']

export interface LossBounds {
  /** lost / expected. */
  readonly ratio: number
  /** One-sided bounds, each with the confidence asked. */
  readonly low: number
  readonly high: number
  /** How many packets count as one because losses come in bursts; at least 1. */
  readonly designEffect: number
}

/** A longer run than this is not worth proposing: the ratio is at the limit. */
const LONGEST_RUN_SECONDS = 7 * 86_400
const MOST_EFFECTIVE_PACKETS = 1e7

/**
 * Where the true loss ratio lies. Losses of one second belong together, so the variance is that of the
 * ratio estimator over one-second blocks (cluster-robust); what it exceeds the binomial by is the design
 * effect, and the exact binomial bounds are taken on the sample shrunk by it. Never narrower than binomial.
 * Null when nothing was expected.
 * @param blocks sums over one-second blocks, as LossSchema carries them
 * @param lost, expected packets; pass `lost + unattributed` for a bound that blames this leg for both
 * @param confidence of each bound, 0.5 to 1
 */
export function lossBounds(
  blocks: LossBlocks,
  lost: number,
  expected: number,
  confidence: number,
): LossBounds | null {
  if (expected <= 0) return null
  const k = Math.min(Math.max(lost, 0), expected)
  const effect = designEffect(blocks, k, expected)
  const plain = (f: typeof lowerBound, by: number) => f(k / by, expected / by, confidence)
  const [low, high] = [plain(lowerBound, 1), plain(upperBound, 1)]
  return {
    ratio: k / expected,
    low: effect === 1 ? low : Math.min(plain(lowerBound, effect), low),
    high: effect === 1 ? high : Math.max(plain(upperBound, effect), high),
    designEffect: effect,
  }
}

/**
 * How many more seconds at the present rate, ratio and burstiness until the ratio is decided against
 * `limit` (at most = pass). 0 when it is decided now; null when no run of a week would, because the
 * ratio is at the limit, or because nothing was sent.
 */
export function secondsToDecide(
  blocks: LossBlocks,
  lost: number,
  expected: number,
  limit: number,
  confidence: number,
): number | null {
  const now = lossBounds(blocks, lost, expected, confidence)
  if (now === null || blocks.seconds === 0) return null
  const effect = now.designEffect
  const decides = (seconds: number) => {
    const n = (expected / effect) * (1 + seconds / blocks.seconds)
    return now.ratio <= limit
      ? upperBound(now.ratio * n, n, confidence) <= limit
      : lowerBound(now.ratio * n, n, confidence) > limit
  }
  if (now.high <= limit || now.low > limit) return 0
  const ceiling = Math.min(
    LONGEST_RUN_SECONDS,
    (MOST_EFFECTIVE_PACKETS * effect * blocks.seconds) / expected,
  )
  let high = 1
  while (!decides(high)) {
    if (high > ceiling) return null
    high *= 2
  }
  let low = Math.floor(high / 2)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (decides(middle)) high = middle
    else low = middle
  }
  return high
}

/** Variance of lost/expected over blocks, as a multiple of what independent losses would give. */
function designEffect(blocks: LossBlocks, lost: number, expected: number): number {
  const p = lost / expected
  const binomial = p * (1 - p) * expected
  if (binomial === 0) return 1
  const { seconds } = blocks
  // One block tells nothing of how blocks differ: the whole second then counts as one packet.
  if (seconds < 2) return Math.max(1, expected)
  const squares =
    blocks.lostSquared - 2 * p * blocks.lostTimesPackets + p * p * blocks.packetsSquared
  return Math.max(1, ((seconds / (seconds - 1)) * squares) / binomial)
}
