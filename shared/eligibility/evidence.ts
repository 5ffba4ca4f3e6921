import type { Examined } from '../evidence/verify.ts'
import type { Item, SeenRecord, TrustedKeys } from '../evidence/verify-items.ts'
import type { JudgedInterval } from '../evidence/verify-verdicts.ts'
import type { Time } from './scope.ts'

type Parts = NonNullable<Examined['parts']>

/** A verified bundle as eligibility reads it. */
export interface Evidence
  extends Pick<Parts, 'manifest' | 'records' | 'entries' | 'checkpoints' | 'bounds' | 'profiles'> {
  readonly keys: TrustedKeys
  readonly items: readonly Item[]
  readonly valid: boolean
  readonly complete: boolean
  /** As the maker of the bundle states it: nobody signed it. */
  readonly site: Parts['site']
  /** The verdict on a time from the records here; null: its profile is not here. */
  readonly judged: (time: Time) => JudgedInterval | null
  /** All records whose windows touch the quarter hours of a time. */
  readonly touching: (time: Time) => readonly SeenRecord[]
}

/** Null: what was verified is no bundle, and nothing can be asked of it. */
export function evidenceOf({ found, parts }: Examined, keys: TrustedKeys): Evidence | null {
  if (parts === null) return null
  const { manifest, records, entries, checkpoints, bounds, profiles, site, anew } = parts
  const { items, valid, complete } = found
  return {
    ...{ manifest, records, entries, checkpoints, bounds, profiles, site },
    ...{ keys, items, valid, complete },
    judged: (time) => anew.of(time),
    touching: (time) => anew.touching(time),
  }
}
