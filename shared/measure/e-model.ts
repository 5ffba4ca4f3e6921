import type { Delay, Leg, Loss } from '../record/observation.ts'
import { burstRatio } from './bursts.ts'
import { mean } from './distribution.ts'

export type Quality = NonNullable<Leg['quality']>
export type Codec = 'g711' | 'g729'

/** Impairment of a codec: G.113 appendix I (Ie, Bpl), and what encoding waits for. */
interface CodecRow {
  readonly ie: number
  readonly bpl: number
  readonly lookAheadMs: number
}

export const CODECS: Readonly<Record<Codec | 'g711-no-plc', CodecRow>> = {
  /** G.711 with the loss concealment of its appendix I, as every current phone has it. */
  g711: { ie: 0, bpl: 25.1, lookAheadMs: 0 },
  'g711-no-plc': { ie: 0, bpl: 4.3, lookAheadMs: 0 },
  /** G.729A with voice activity detection. */
  g729: { ie: 11, bpl: 19, lookAheadMs: 5 },
}

const PACKETISATION_MS = 20
/** A fixed play-out buffer of two packets: assumed, since the phone's own is not known. */
const PLAYOUT_MS = 40
/** G.107 with all other parameters at their defaults. */
const R_DEFAULT = 93.2

/**
 * R factor, simplified G.107 with default parameters: R = 93.2 - Id - Ie,eff.
 * @param mouthToEarMs one-way delay with packetisation, codec and play-out buffer
 * @param lossRatio 0 to 1
 * @param burstR 1 for random losses
 */
export function rFactor(
  mouthToEarMs: number,
  lossRatio: number,
  burstR: number,
  codec: CodecRow,
): number {
  const knee = Math.max(mouthToEarMs - 177.3, 0)
  const delay = 0.024 * mouthToEarMs + 0.11 * knee
  const ppl = lossRatio * 100
  const codecAndLoss = codec.ie + ((95 - codec.ie) * ppl) / (ppl / burstR + codec.bpl)
  return R_DEFAULT - delay - codecAndLoss
}

/** Mean opinion score of an R factor (G.107 annex B), held at 1 where the cubic dips below it. */
export function mos(r: number): number {
  if (r <= 0) return 1
  if (r >= 100) return 4.5
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
}

/**
 * Rating of a leg over the interval of its mean delay: the low end takes the upper delay and counts
 * losses of unknown leg and late packets as lost, the high end takes the lower delay and proven losses.
 * Information, never a verdict. Null where no delay is known.
 */
export function qualityOf(loss: Loss, delay: Delay | null, codec: Codec): Quality | null {
  if (delay === null || loss.expected === 0) return null
  const row = CODECS[codec]
  const fixed = PACKETISATION_MS + row.lookAheadMs + PLAYOUT_MS
  const burstR = loss.bursts === null ? 1 : burstRatio(loss.bursts)
  const worstLost = Math.min(loss.lost + loss.unattributed + loss.late, loss.expected)
  const rLow = rFactor(mean(delay.atMost) + fixed, worstLost / loss.expected, burstR, row)
  const rHigh = rFactor(mean(delay.atLeast) + fixed, loss.lost / loss.expected, burstR, row)
  return { rLow, rHigh, mosLow: mos(rLow), mosHigh: mos(rHigh) }
}
