import { INTERVAL_MS } from '../../shared/clock.ts'
import type { HistoryBook } from '../store/history/book.ts'
import type { FarEndRow } from '../store/history/read.ts'
import { DAY_MS } from '../store/history/rolled.ts'
import { summed } from './day.ts'

export const STEP_MS = { '15m': INTERVAL_MS, '1h': 4 * INTERVAL_MS, '1d': DAY_MS } as const
export type Step = keyof typeof STEP_MS

/** Points that one answer may have, and quarter hours that may be read for it. */
export const MOST_POINTS = 3200
const MOST_QUARTERS = 3840

type Numbers = readonly (number | null)[]

/** One leg, an entry for each step; null: nothing is known of it. */
export interface LegSeries {
  readonly packets: Numbers
  readonly lossRatio: Numbers
  /** With every loss that could not be told to one leg counted here as well. */
  readonly lossRatioAtMost: Numbers
  readonly delayMs: Numbers
  readonly delayMsAtLeast: Numbers
  readonly jitterMs: Numbers
  readonly markedRatio: Numbers
  /** A letter for each step: p f i n as the verdicts are called, `.` for nothing known. */
  readonly verdicts: {
    readonly delay: string
    readonly jitter: string
    readonly loss: string
    readonly marking: string
  }
}

export interface PlaceSeries {
  readonly farEnd: string
  readonly segment: string
  readonly out: LegSeries
  readonly back: LegSeries
  /** Time of the step in which nothing was seen. */
  readonly gapSeconds: Numbers
}

export interface Timeline {
  readonly fromMs: number
  readonly toMs: number
  readonly step: Step
  /** How many quarter hours of each step came to what; null: of the step nothing is known. */
  readonly ready: Numbers
  readonly notReady: Numbers
  readonly cannotSay: Numbers
  readonly places: readonly PlaceSeries[]
}

/** The finest step that gives a picture rather than a heap: a week by quarter hours. */
export function chooseStep(spanMs: number): Step {
  if (spanMs <= 8 * DAY_MS) return '15m'
  return spanMs <= 40 * DAY_MS ? '1h' : '1d'
}

/** Longest time that may be asked for with a step, milliseconds. */
export function longestSpan(step: Step): number {
  return Math.min(
    MOST_POINTS * STEP_MS[step],
    step === '1d' ? Infinity : MOST_QUARTERS * INTERVAL_MS,
  )
}

/**
 * A site's figures on a regular grid that covers [fromMs, toMs). Of several quarter hours in a step,
 * counts add and the worst p95 is shown, since that is what the contract is held against.
 */
export async function readTimeline(
  book: Pick<HistoryBook, 'farEndRows' | 'periods' | 'siteDays'>,
  ask: {
    readonly site: string
    readonly fromMs: number
    readonly toMs: number
    readonly step: Step
    readonly nowMs: number
  },
): Promise<Timeline> {
  const { site, step, nowMs } = ask
  const stepMs = STEP_MS[step]
  const fromMs = Math.floor(ask.fromMs / stepMs) * stepMs
  const toMs = Math.ceil(ask.toMs / stepMs) * stepMs
  // Days of late are not rolled up yet: they are made from their quarter hours here.
  const recent = step === '1d' ? Math.floor(nowMs / DAY_MS) * DAY_MS - DAY_MS : fromMs
  const old = { site, fromMs, toMs: Math.min(toMs, recent) }
  const young = { site, fromMs: Math.max(fromMs, recent), toMs }
  const rows = [
    ...(old.toMs > old.fromMs ? await book.farEndRows('history_day', old) : []),
    ...(young.toMs > young.fromMs ? await book.farEndRows('history_interval', young) : []),
  ]
  const grid = { fromMs, stepMs, count: (toMs - fromMs) / stepMs }
  return {
    ...{ fromMs, toMs, step },
    ...(await readCounts(book, grid, old, young)),
    places: placesIn(rows, grid),
  }
}

interface Grid {
  readonly fromMs: number
  readonly stepMs: number
  readonly count: number
}

type SpanOfSite = Parameters<HistoryBook['periods']>[0]

async function readCounts(
  book: Pick<HistoryBook, 'periods' | 'siteDays'>,
  { fromMs, stepMs, count }: Grid,
  old: SpanOfSite,
  young: SpanOfSite,
) {
  // Before a site was known, and after it was forgotten, nothing was counted: that is no zero.
  const unknown = () => Array.from<number | null>({ length: count }).fill(null)
  const counts = { ready: unknown(), notReady: unknown(), cannotSay: unknown() }
  const add = (at: number, one: { readonly [K in keyof typeof counts]: number }) => {
    const index = Math.floor((at - fromMs) / stepMs)
    counts.ready[index] = (counts.ready[index] ?? 0) + one.ready
    counts.notReady[index] = (counts.notReady[index] ?? 0) + one.notReady
    counts.cannotSay[index] = (counts.cannotSay[index] ?? 0) + one.cannotSay
  }
  for (const day of old.toMs > old.fromMs ? await book.siteDays(old) : []) {
    const { ready, not_ready: notReady, cannot_say: cannotSay } = day
    add(day.from_ms, { ready, notReady, cannotSay })
  }
  for (const { from_ms, overall } of young.toMs > young.fromMs ? await book.periods(young) : []) {
    const [ready, notReady] = [Number(overall === 'READY'), Number(overall === 'NOT READY')]
    add(from_ms, { ready, notReady, cannotSay: 1 - ready - notReady })
  }
  return counts
}

type Cell = Omit<FarEndRow, 'from_ms'>

function placesIn(rows: readonly FarEndRow[], { fromMs, stepMs, count }: Grid): PlaceSeries[] {
  const places = new Map<string, Map<number, FarEndRow[]>>()
  for (const row of rows) {
    const name = `${row.segment}/${row.far_end}`
    const place = places.get(name) ?? new Map<number, FarEndRow[]>()
    const index = Math.floor((row.from_ms - fromMs) / stepMs)
    const here = place.get(index)
    if (here === undefined) place.set(index, [row])
    else here.push(row)
    places.set(name, place)
  }
  return [...places.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, place]) => {
      const [segment = '', farEnd = ''] = name.split('/')
      const cells = Array.from({ length: count }, (_, index) => {
        const here = place.get(index)
        if (here === undefined) return null
        return here.length === 1 ? (here[0] ?? null) : summed(here)
      })
      return {
        ...{ farEnd, segment, out: legOf(cells, 'out'), back: legOf(cells, 'back') },
        gapSeconds: cells.map((cell) => cell && Math.round(cell.gap_ms / 1000)),
      }
    })
}

function legOf(cells: readonly (Cell | null)[], leg: 'out' | 'back'): LegSeries {
  const column = (of: (cell: Cell) => number | null) => cells.map((cell) => cell && of(cell))
  const letters = (line: number) => {
    const at = 2 * line + (leg === 'out' ? 0 : 1)
    return cells.map((cell) => cell?.verdicts[at] ?? '.').join('')
  }
  const sent = (cell: Cell) => cell[`sent_${leg}`]
  const lost = (cell: Cell) => cell[`lost_${leg}`]
  return {
    packets: column(sent),
    lossRatio: column((cell) => ratio(lost(cell), sent(cell))),
    lossRatioAtMost: column((cell) => ratio(lost(cell) + cell.unattributed, sent(cell))),
    delayMs: column((cell) => ms(cell[`delay_${leg}_high_us`])),
    delayMsAtLeast: column((cell) => ms(cell[`delay_${leg}_low_us`])),
    jitterMs: column((cell) => ms(cell[`jitter_${leg}_us`])),
    markedRatio: column((cell) => ratio(cell[`marked_${leg}`], cell[`seen_${leg}`])),
    verdicts: { delay: letters(0), jitter: letters(1), loss: letters(2), marking: letters(3) },
  }
}

const ms = (us: number | null) => (us === null ? null : us / 1000)

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round(Math.min(1, part / whole) * 1e7) / 1e7
}
