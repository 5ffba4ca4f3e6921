import type { Examined } from '../evidence/verify.ts'
import type { Item, SeenRecord, TrustedKeys } from '../evidence/verify-items.ts'
import type { JudgedInterval } from '../evidence/verify-verdicts.ts'
import type { Site } from '../profile/site.ts'
import type { Time } from './scope.ts'

type Parts = NonNullable<Examined['parts']>

/** A verified bundle as eligibility reads it. */
export interface Evidence
  extends Pick<Parts, 'manifest' | 'records' | 'entries' | 'checkpoints' | 'bounds' | 'profiles'> {
  readonly keys: TrustedKeys
  readonly items: readonly Item[]
  readonly valid: boolean
  readonly complete: boolean
  /** What the site was in a time (see the statements on each quarter hour for whose word that is). */
  readonly siteAt: (time: Time) => Site | null
  /** The verdict on a time from the records here; null: its profile is not here. */
  readonly judged: (time: Time) => JudgedInterval | null
  /** All records whose windows touch the quarter hours of a time. */
  readonly touching: (time: Time) => readonly SeenRecord[]
}

/** Null: what was verified is no bundle, and nothing can be asked of it. */
export function evidenceOf({ found, parts }: Examined, keys: TrustedKeys): Evidence | null {
  if (parts === null) return null
  const { manifest, records, entries, checkpoints, bounds, profiles, anew } = parts
  const { items, valid, complete } = found
  return {
    ...{ manifest, records, entries, checkpoints, bounds, profiles },
    ...{ keys, items, valid, complete },
    siteAt: (time) => anew.valuesOf(time).values ?? null,
    judged: (time) => anew.of(time),
    touching: (time) => anew.touching(time),
  }
}
