import { INTERVAL_MS } from '../../shared/clock.ts'
import { startOfInterval } from '../../shared/intervals.ts'
import type { Hole } from '../../shared/verdict/coverage.ts'
import type { HistoryBook } from '../store/history/book.ts'
import { OVERALL } from './roll.ts'

/** On whose side nothing was seen. `either`: the way, or the far end itself: nobody can tell. */
export const SIDES_OF_GAPS = ['site', 'far-end', 'collector', 'either'] as const
export type Side = (typeof SIDES_OF_GAPS)[number]

export interface CoverageGap extends Hole {
  readonly side: Side
}

/** How much of the asked time one far end was seen in. Milliseconds. */
export interface PlaceCoverage {
  readonly farEnd: string
  readonly segment: string
  readonly seenMs: number
  readonly gaps: readonly CoverageGap[]
}

export interface Coverage {
  readonly fromMs: number
  readonly toMs: number
  readonly places: readonly PlaceCoverage[]
  /** Time of which there is no history at all: before the site was known, or after it was forgotten. */
  readonly unknown: readonly { readonly from: number; readonly to: number }[]
  /** There are more gaps than are listed; the shares count them all. */
  readonly truncated: boolean
}

const MOST_GAPS = 5000

/** Anything else is the agent's own: it started, slept, stalled, or no record of it is here. */
const SIDES: { readonly [cause: string]: Side } = {
  'collector-down': 'collector',
  'reflector-restart': 'far-end',
  refused: 'far-end',
  'no reply': 'either',
  'no-session': 'either',
  'nat-moved': 'either',
}

/** Whole quarter hours of [fromMs, toMs): what was seen of each far end, and every gap with its cause. */
export async function readCoverage(
  book: Pick<HistoryBook, 'coverageSums' | 'gapRows' | 'verdictRuns'>,
  ask: { readonly site: string; readonly fromMs: number; readonly toMs: number },
): Promise<Coverage> {
  const fromMs = startOfInterval(ask.fromMs)
  const toMs = Math.max(fromMs, startOfInterval(ask.toMs))
  const span = { site: ask.site, fromMs, toMs }
  const sums = await book.coverageSums(span)
  const rows = await book.gapRows(span, MOST_GAPS)
  const known = await book.verdictRuns(span, MOST_GAPS, OVERALL)
  const places = sums.map(({ farEnd, segment, intervals, gapMs }) => ({
    ...{ farEnd, segment, seenMs: intervals * INTERVAL_MS - gapMs },
    gaps: joined(
      rows
        .filter((row) => row.farEnd === farEnd && row.segment === segment)
        .flatMap((row) => JSON.parse(row.gaps) as Hole[]),
    ),
  }))
  const truncated = rows.length === MOST_GAPS || known.length === MOST_GAPS
  return { fromMs, toMs, places, unknown: between(known, fromMs, toMs), truncated }
}

/** Neighbours of one cause as one gap, whichever quarter hours they lie in. */
function joined(holes: readonly Hole[]): CoverageGap[] {
  const out: CoverageGap[] = []
  for (const hole of [...holes].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1)
    if (last !== undefined && last.to === hole.from && last.cause === hole.cause) {
      out[out.length - 1] = { ...last, to: hole.to }
    } else out.push({ ...hole, side: SIDES[hole.cause] ?? 'site' })
  }
  return out
}

/** The parts of [from, to) that no run covers. */
function between(
  runs: readonly { readonly from: number; readonly to: number }[],
  from: number,
  to: number,
) {
  const parts: { from: number; to: number }[] = []
  let at = from
  for (const run of [...runs].sort((a, b) => a.from - b.from)) {
    if (run.from > at) parts.push({ from: at, to: Math.min(run.from, to) })
    at = Math.max(at, run.to)
  }
  if (at < to) parts.push({ from: at, to })
  return parts
}
