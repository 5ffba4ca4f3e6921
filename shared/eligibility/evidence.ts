import type { Examined } from '../evidence/verify.ts'
import type { Item, SeenRecord, TrustedKeys } from '../evidence/verify-items.ts'
import type { LookStatement } from '../evidence/verify-looks.ts'
import type { ValuesOfTime } from '../evidence/verify-site.ts'
import type { JudgedInterval } from '../evidence/verify-verdicts.ts'
import type { Time } from '../intervals.ts'
import type { Site } from '../profile/site.ts'
import type { Finding } from '../verdict/finding.ts'

type Parts = NonNullable<Examined['parts']>

/** A verified bundle as eligibility reads it. */
export interface Evidence
  extends Pick<
    Parts,
    | 'manifest'
    | 'records'
    | 'entries'
    | 'unread'
    | 'checkpoints'
    | 'bounds'
    | 'unbroken'
    | 'silences'
    | 'profiles'
  > {
  readonly keys: TrustedKeys
  readonly items: readonly Item[]
  /** Checks that were asked for; they decide nothing here. */
  readonly looks: readonly LookStatement[]
  readonly valid: boolean
  readonly complete: boolean
  /** What the site was in a time (see the statements on each quarter hour for whose word that is). */
  readonly siteAt: (time: Time) => Site | null
  /** As `siteAt`, with the plan that says so and whether the log dates it. */
  readonly describedAt: (time: Time) => ValuesOfTime
  /** SHA-256 of the profile that a time is judged by; empty: no record names one. */
  readonly profileAt: (time: Time) => string
  /**
   * The verdict on a time from the records here; null: its profile is not here, or a record of it holds words
   * that this build does not know.
   */
  readonly judged: (time: Time) => JudgedInterval | null
  /**
   * The verdict on a time were nothing said of the site; null: nothing is, or the log dates what is
   * said and names its hash.
   */
  readonly undescribed: (time: Time) => JudgedInterval | null
  /** All records whose windows touch the quarter hours of a time. */
  readonly touching: (time: Time) => readonly SeenRecord[]
}

/** Of a finding on that time, whether it comes out so only by a description of the site without a date. */
export function undatedIn(
  { undescribed }: Pick<Evidence, 'undescribed'>,
  time: Time,
): (finding: Finding) => boolean {
  const alone = undescribed(time)
  if (alone === null) return () => false
  const verdicts = new Map(alone.judgement.findings.map((one) => [placeKey(one), one.verdict]))
  return (finding) => verdicts.get(placeKey(finding)) !== finding.verdict
}

/** A line at its place, as a name. */
export function placeKey({ id, leg, farEnd, segment = '' }: Finding): string {
  return `${id} ${leg} ${farEnd} ${segment}`
}

/** Null: what was verified is no bundle, and nothing can be asked of it. */
export function evidenceOf({ found, parts }: Examined, keys: TrustedKeys): Evidence | null {
  if (parts === null) return null
  const {
    manifest,
    records,
    entries,
    unread,
    checkpoints,
    bounds,
    unbroken,
    silences,
    profiles,
    anew,
  } = parts
  const { items, looks, valid, complete } = found
  return {
    ...{ manifest, records, entries, unread, checkpoints, bounds, unbroken, silences, profiles },
    ...{ keys, items, looks, valid, complete },
    siteAt: (time) => anew.valuesOf(time).values ?? null,
    describedAt: (time) => anew.valuesOf(time),
    profileAt: (time) => anew.profileOf(time),
    judged: (time) => anew.of(time),
    undescribed: (time) => {
      const { proven, values } = anew.valuesOf(time)
      return proven || values == null ? null : anew.ofNoSite(time)
    },
    touching: (time) => anew.touching(time),
  }
}
