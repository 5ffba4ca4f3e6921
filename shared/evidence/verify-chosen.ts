import {
  inPeriodOrder,
  inRunOrder,
  judgedTogether,
  MAX_PERIOD_RECORDS,
  MAX_ROUND_RECORDS,
  mayHoldAt,
  type RecordPlace,
  touches,
} from '../verdict/period.ts'
import { MAX_RUN_RECORDS } from '../verdict/runs.ts'
import { carryingOf, type Placed } from './verify-index.ts'

/** The records that a time is judged from. */
interface Chosen<R> {
  readonly profileSha256: string
  readonly same: readonly R[]
  /** What they carry may hold then, newest first. */
  readonly rounds: readonly R[]
  readonly runs: readonly R[]
  /** One of them holds words that this build does not know. */
  readonly isUnread: boolean
}

/**
 * Which of these records [from, to) is judged from, by the collector's own rule.
 * @param fallback the profile's hash where no record names one
 */
export function chosenFor<R extends Placed>(
  records: readonly R[],
  fallback: string,
  { from, to }: { readonly from: number; readonly to: number },
): Chosen<R> {
  const placed = records.map((seen) => ({ ...placeOf(seen), seen })).sort(inPeriodOrder)
  const found = placed.filter((one) => touches(one, from, to)).slice(0, MAX_PERIOD_RECORDS + 1)
  const carrying = (wanted: 'round' | 'run') =>
    placed.filter(({ seen, toMs }) => carryingOf(seen) === wanted && mayHoldAt(wanted, toMs, to))
  const rounds = carrying('round').reverse().slice(0, MAX_ROUND_RECORDS)
  const runs = carrying('run').sort(inRunOrder).slice(0, MAX_RUN_RECORDS)
  const { profileSha256, same } = judgedTogether(found, fallback)
  const seenOf = (some: typeof placed) => some.map(({ seen }) => seen)
  const isUnread = seenOf([...found, ...rounds, ...runs]).some(
    ({ unread }) => unread !== null && unread !== 'nothing',
  )
  return {
    ...{ profileSha256, same: same.map(({ seen }) => seen) },
    ...{ rounds: seenOf(rounds), runs: seenOf(runs), isUnread },
  }
}

function placeOf({ record }: Placed): RecordPlace {
  const { agent, boot, sequence, window, profile } = record
  return {
    ...{ agent, boot: boot.toLowerCase(), sequence, profileSha256: profile.sha256 },
    ...{ fromMs: window.from, toMs: window.to },
  }
}
