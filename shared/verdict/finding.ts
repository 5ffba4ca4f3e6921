import type { FarEndName } from '../profile/site.ts'
import type { ReasonCode } from './reasons.ts'

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'not-tested'

/**
 * One requirement x leg x far end, judged. `value` is what the statistic gave and `interval` where
 * the true value lies (clock and sample error); both null when nothing was measured.
 */
export interface Finding {
  readonly id: string
  readonly title: string
  /** `either`: proven for one of the two legs without telling which. */
  readonly leg: 'out' | 'back' | 'either' | 'none'
  readonly farEnd: FarEndName | 'none'
  /** Part of the way between two borders that have reflectors; absent: the whole way. */
  readonly segment?: string
  readonly required: boolean
  readonly verdict: Verdict
  readonly reason: ReasonCode
  /** What was found, in words with figures, for a person; empty when there is nothing to add. */
  readonly detail: string
  readonly value: number | null
  readonly interval: readonly [low: number, high: number] | null
  readonly unit: 'ms' | 'ratio' | 'dscp' | 'kbit/s' | 'none'
  readonly limit: number | null
  readonly op: '<' | '<=' | '==' | '>=' | 'none'
  readonly statistic: string
  /** Sample size the verdict rests on. */
  readonly n: number
  /** What other statistics would have decided; empty where there is only one. */
  readonly alternatives: readonly {
    readonly statistic: string
    readonly verdict: Verdict
  }[]
  /** What to do next, and the command that tests only this line again. */
  readonly advice: string
}

export type Overall = 'READY' | 'NOT READY' | 'CANNOT SAY'

/** A whole judgement: every finding listed, the worst first, and what they add up to. */
export interface Judgement {
  readonly overall: Overall
  readonly profile: {
    readonly id: string
    readonly version: string
    readonly sha256: string
  }
  readonly from: number
  readonly to: number
  /** The lines judged where only some were asked for: the overall speaks of these alone. */
  readonly onlyLines: readonly string[] | null
  readonly counts: { readonly [V in Verdict]: number }
  readonly findings: readonly Finding[]
}
