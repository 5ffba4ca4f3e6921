import { mergeStreamObservations } from '../../shared/measure/merge.ts'
import type { RolledDay } from '../store/history/rolled.ts'
import type { FarEndTable, PeriodTable } from '../store/history/tables.ts'
import { packBody, unpackBody } from './body.ts'

type Interval = Omit<FarEndTable, 'site'>
type Figures = Omit<FarEndTable, 'site' | 'from_ms'>

/** Worst first: what a day shows where its quarter hours differ. */
const WORST = 'fipn'

/**
 * A day from its quarter hours: counts add, distributions merge, figures and verdicts are those of the
 * worst quarter hour (the contract is judged by quarter hours, so a day has no percentile of its own
 * to be held against it; the merged one is in the body).
 */
export function rollDay(
  site: string,
  fromMs: number,
  periods: readonly Omit<PeriodTable, 'site'>[],
  intervals: readonly Interval[],
): RolledDay {
  const places = new Map<string, Interval[]>()
  for (const row of intervals) {
    const key = `${row.far_end}/${row.segment}`
    places.set(key, [...(places.get(key) ?? []), row])
  }
  const count = (overall: string) => periods.filter((row) => row.overall === overall).length
  return {
    ...{ site, fromMs, ready: count('READY'), notReady: count('NOT READY') },
    cannotSay: count('CANNOT SAY'),
    farEnds: [...places.values()].map((rows) => ({
      ...summed(rows),
      body: packBody(mergeStreamObservations(rows.flatMap((row) => unpackBody(row.body) ?? []))),
    })),
  }
}

/** Rows of one place as one, without its body. Throws a RangeError for none: there is nothing to name. */
export function summed(rows: readonly Omit<Interval, 'body'>[]): Omit<Figures, 'body'> {
  const [first] = rows
  if (first === undefined) throw new RangeError('at least one row was wanted, found none')
  const total = (of: (row: Omit<Interval, 'body'>) => number) =>
    rows.reduce((sum, row) => sum + of(row), 0)
  const highest = (of: (row: Omit<Interval, 'body'>) => number | null) =>
    rows.reduce<number | null>((top, row) => larger(top, of(row)), null)
  return {
    ...{ far_end: first.far_end, segment: first.segment },
    windows: total((row) => row.windows),
    sent_out: total((row) => row.sent_out),
    lost_out: total((row) => row.lost_out),
    sent_back: total((row) => row.sent_back),
    lost_back: total((row) => row.lost_back),
    unattributed: total((row) => row.unattributed),
    delay_out_low_us: highest((row) => row.delay_out_low_us),
    delay_out_high_us: highest((row) => row.delay_out_high_us),
    delay_back_low_us: highest((row) => row.delay_back_low_us),
    delay_back_high_us: highest((row) => row.delay_back_high_us),
    jitter_out_us: highest((row) => row.jitter_out_us),
    jitter_back_us: highest((row) => row.jitter_back_us),
    seen_out: total((row) => row.seen_out),
    marked_out: total((row) => row.marked_out),
    seen_back: total((row) => row.seen_back),
    marked_back: total((row) => row.marked_back),
    gap_ms: total((row) => row.gap_ms),
    gaps: '[]',
    verdicts: worstOf(rows.map((row) => row.verdicts)),
  }
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}

function worstOf(words: readonly string[]): string {
  return Array.from({ length: 8 }, (_, at) => {
    const letters = words.map((word) => word[at] ?? 'n')
    return [...WORST].find((letter) => letters.includes(letter)) ?? 'n'
  }).join('')
}
