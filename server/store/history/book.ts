import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import * as claims from './claims.ts'
import * as keep from './keep.ts'
import * as queue from './queue.ts'
import * as raw from './raw-rows.ts'
import * as read from './read.ts'
import * as rolled from './rolled.ts'

const QUERIES = {
  ...{ claim: claims.claim, settle: claims.settle, waiting: claims.waitingWork },
  ...{ markSilent: queue.markSilent, markMissing: queue.markMissing },
  ...{ beat: queue.beat, uptime: queue.uptime, reached: queue.reached, reach: queue.reach },
  ...{ putIntervals: rolled.putIntervals, putDay: rolled.putDay },
  ...{ farEndRows: read.farEndRows, wholeIntervals: read.wholeIntervals },
  ...{
    periods: read.periods,
    known: read.knownPeriods,
    lastHeard: read.lastHeard,
    siteDays: read.siteDays,
  },
  ...{ verdictRuns: read.verdictRuns, coverageSums: read.coverageSums, gapRows: read.gapRows },
  ...{ putPin: keep.putPin, releasePin: keep.releasePin, pins: keep.pins },
  ...{ pinnedSites: keep.pinnedSites },
  ...{ putRawRows: raw.putRawRows, rawRowsKept: raw.rawRowsKept, rawRows: raw.rawRows },
  ...{ removeRawRows: raw.removeRawRows },
  ...{ putAbsentRows: raw.putAbsentRows, absentRows: raw.absentRows },
  ...{ sitesAfter: keep.sitesAfter, removeRecords: keep.removeRecords },
  ...{ removeHistory: keep.removeHistory, removeUptime: keep.removeUptime },
}

type Bound<F> = F extends (db: Kysely<Tables>, ...args: infer A) => infer R
  ? (...args: A) => R
  : never

/** The queries of the history, bound to a database; what each does stands beside its query. */
export type HistoryBook = { readonly [K in keyof typeof QUERIES]: Bound<(typeof QUERIES)[K]> }

export function historyBook(db: Kysely<Tables>): HistoryBook {
  const bound = Object.entries(QUERIES).map(([name, query]) => [
    name,
    (...args: readonly unknown[]) =>
      (query as (db: Kysely<Tables>, ...rest: readonly unknown[]) => unknown)(db, ...args),
  ])
  return Object.fromEntries(bound) as HistoryBook
}

/** Methods that only read. What the roller decides by right after writing is left to the writer. */
export const HISTORY_READS: readonly (keyof HistoryBook)[] = [
  ...(['farEndRows', 'periods', 'siteDays', 'verdictRuns', 'uptime', 'waiting'] as const),
  ...(['sitesAfter', 'coverageSums', 'gapRows', 'rawRows', 'absentRows'] as const),
]
