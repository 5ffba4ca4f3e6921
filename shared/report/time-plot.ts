import { type Box, type Drawing, type Point, type Shape, tenth, text } from './shapes.ts'
import { stamp, UTC, type Zone } from './zone.ts'

/** Figures on the quarter-hour grid against their limit; null is a gap and stays one. */
export interface TimePlot {
  readonly title: string
  readonly unit: 'ms' | '%'
  readonly fromMs: number
  readonly stepMs: number
  readonly steps: number
  readonly limit: number | null
  readonly series: readonly Series[]
  /** Steps in which nothing was seen at all, or only a part. */
  readonly gaps: readonly ('none' | 'whole' | 'part')[]
  /** Times that were excluded, and the site's busy hours. */
  readonly shaded: readonly Time[]
  readonly busy: readonly Time[]
}

interface Time {
  readonly from: number
  readonly to: number
}

export interface Series {
  readonly name: 'out' | 'back'
  readonly values: readonly (number | null)[]
  /** Where the true value lies at most and at least; empty where the value is exact. */
  readonly low: readonly (number | null)[]
  readonly high: readonly (number | null)[]
}

const HEIGHT = 104
const LEFT = 64
const RIGHT = 8
const TOP = 20
const FLOOR = HEIGHT - 18

interface Scales {
  readonly x: (ms: number) => number
  readonly y: (value: number) => number
  readonly top: number
  readonly over: boolean
}

/** Steps that are drawn as one, so that none is narrower than a unit. */
export function stepsAsOne(plot: Pick<TimePlot, 'steps'>, width: number): number {
  return Math.max(1, Math.ceil(plot.steps / (width - LEFT - RIGHT)))
}

/** Lays a plot out over this width. Where steps are drawn as one, the worst of them is drawn. */
export function drawTimePlot(whole: TimePlot, width: number, zone: Zone = UTC): Drawing {
  const plot = coarser(whole, stepsAsOne(whole, width))
  const scales = scalesOf(plot, width)
  const shapes: Shape[] = [
    ...ground(plot, scales),
    ...grid(plot, scales, width, zone),
    ...plot.series.flatMap((series) => drawSeries(plot, series, scales)),
    ...limitLine(plot, scales, width),
    ...titles(plot, scales, zone),
  ]
  const end = plot.fromMs + plot.stepMs * plot.steps
  const seen = whole.gaps.filter((gap) => gap !== 'whole').length
  const label = `${plot.title}, ${stamp(plot.fromMs, zone)} to ${stamp(end, zone)}; ${seen} of ${whole.steps} steps seen`
  return { width, height: HEIGHT, label, shapes }
}

function coarser(plot: TimePlot, by: number): TimePlot {
  if (by === 1) return plot
  const groups = Array.from({ length: Math.ceil(plot.steps / by) }, (_, at) => at * by)
  const worst = (values: readonly (number | null)[]) =>
    groups.map((at) => {
      const here = values.slice(at, at + by).filter((value) => value !== null)
      return here.length === 0 ? null : Math.max(...here)
    })
  return {
    ...plot,
    stepMs: plot.stepMs * by,
    steps: groups.length,
    gaps: groups.map((at) => {
      const here = plot.gaps.slice(at, at + by)
      if (here.every((gap) => gap === 'whole')) return 'whole'
      return here.some((gap) => gap !== 'none') ? 'part' : 'none'
    }),
    series: plot.series.map((one) => ({
      ...{ name: one.name, values: worst(one.values) },
      ...{ low: worst(one.low), high: worst(one.high) },
    })),
  }
}

function scalesOf(plot: TimePlot, width: number): Scales {
  let most = 0
  for (const { values, high } of plot.series) {
    for (const value of values) most = Math.max(most, value ?? 0)
    for (const value of high) most = Math.max(most, value ?? 0)
  }
  const { limit } = plot
  const wanted = Math.max(most * 1.08, (limit ?? 0) * 1.25) || 1
  // One spike must not flatten all else: what is beyond the top is cut, and the top says so.
  const top = limit === null || limit === 0 ? wanted : Math.min(wanted, limit * 4)
  const end = plot.fromMs + plot.stepMs * plot.steps
  return {
    ...{ top, over: most > top },
    x: (ms) => LEFT + ((ms - plot.fromMs) / (end - plot.fromMs)) * (width - LEFT - RIGHT),
    y: (value) => FLOOR - Math.min(1, value / top) * (FLOOR - TOP),
  }
}

const edge = (plot: TimePlot, { x }: Scales, step: number) =>
  tenth(x(plot.fromMs + step * plot.stepMs))

/** Busy hours, excluded times and gaps: whole ones over all the height, parts as a strip at the foot. */
function ground(plot: TimePlot, scales: Scales): Shape[] {
  const box = (from: number, to: number, height: number): Box =>
    [
      ...[edge(plot, scales, from), FLOOR - height],
      ...[tenth(edge(plot, scales, to) - edge(plot, scales, from)), height],
    ] as unknown as Box
  const times = (all: readonly Time[]) =>
    all.map(({ from, to }): Box => {
      const [left, right] = [scales.x(from), scales.x(to)]
      return [tenth(left), TOP, tenth(right - left), FLOOR - TOP]
    })
  const boxes = (kind: 'whole' | 'part', height: number) =>
    runsOf(plot.gaps, (gap) => gap === kind).map(([from, to]) => box(from, to, height))
  return [
    { kind: 'boxes', boxes: times(plot.busy), fill: 'busy' },
    { kind: 'boxes', boxes: times(plot.shaded), fill: 'shade' },
    { kind: 'boxes', boxes: boxes('whole', FLOOR - TOP), fill: 'gap' },
    { kind: 'boxes', boxes: boxes('part', 5), fill: 'not-tested' },
  ]
}

/** Runs of steps for which this holds, as [first, beyond the last). */
export function runsOf<T>(
  values: readonly T[],
  holds: (value: T) => boolean,
): readonly (readonly [number, number])[] {
  const runs: [number, number][] = []
  values.forEach((value, at) => {
    const last = runs.at(-1)
    if (!holds(value)) return
    if (last?.[1] === at) last[1] = at + 1
    else runs.push([at, at + 1])
  })
  return runs
}

const HOUR = 3_600_000
const TICKS = [0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 120].map((hours) => hours * HOUR)

/** Instants worth a label, at most so many, and the label: days where they are days. */
export function ticksOf(
  fromMs: number,
  toMs: number,
  most: number,
  zone: Zone = UTC,
): readonly { readonly at: number; readonly words: string }[] {
  const every = TICKS.find((tick) => (toMs - fromMs) / tick <= most) ?? 7 * 24 * HOUR
  const ticks: { at: number; words: string }[] = []
  for (let at = Math.ceil(fromMs / every) * every; at <= toMs; at += every) {
    const { day, clock } = zone.parts(at)
    ticks.push({ at, words: every >= 24 * HOUR || clock === '00:00' ? day.slice(5) : clock })
  }
  return ticks
}

function grid(plot: TimePlot, { x }: Scales, width: number, zone: Zone): Shape[] {
  const end = plot.fromMs + plot.stepMs * plot.steps
  const lines: Point[][] = [
    [
      [LEFT, FLOOR],
      [width - RIGHT, FLOOR],
    ],
  ]
  const labels = ticksOf(plot.fromMs, end, 9, zone).map(({ at, words }) => {
    const here = tenth(x(at))
    lines.push([
      [here, TOP],
      [here, FLOOR + 3],
    ])
    const anchor = here > width - RIGHT - 20 ? 'end' : here < LEFT + 14 ? 'start' : 'middle'
    return text([here, HEIGHT - 4], words, 'quiet', anchor)
  })
  return [{ kind: 'lines', lines, stroke: 'line', width: 0.8 }, ...labels]
}

/** Each value holds for its whole step; where one is missing the line ends. */
function drawSeries(plot: TimePlot, series: Series, scales: Scales): Shape[] {
  const at = (value: number) => tenth(scales.y(value))
  const lines = runsOf(series.values, (value) => value !== null).map(([from, to]) => {
    const points: Point[] = []
    for (let step = from; step < to; step += 1) {
      const y = at(series.values[step] ?? 0)
      if (points.at(-1)?.[1] === y) points.pop()
      points.push([edge(plot, scales, step), y], [edge(plot, scales, step + 1), y])
    }
    return simpler(points)
  })
  const band: Box[] = []
  series.high.forEach((high, step) => {
    const low = series.low[step] ?? null
    if (high === null || low === null || at(low) - at(high) < 1) return
    const left = edge(plot, scales, step)
    band.push([
      left,
      at(high),
      tenth(edge(plot, scales, step + 1) - left),
      tenth(at(low) - at(high)),
    ])
  })
  const dash = series.name === 'back' ? { dash: [4, 2] as const } : {}
  return [
    { kind: 'boxes', boxes: band, fill: series.name, opacity: 0.18 },
    { kind: 'lines', lines, stroke: series.name, width: 1.3, ...dash },
  ]
}

/** Without the points that lie on a straight level line between their neighbours. */
function simpler(points: readonly Point[]): Point[] {
  return points.filter(([, y], at) => points[at - 1]?.[1] !== y || points[at + 1]?.[1] !== y)
}

function limitLine({ limit }: TimePlot, { y }: Scales, width: number): Shape[] {
  if (limit === null) return []
  const level = tenth(y(limit))
  const lines: Point[][] = [
    [
      [LEFT, level],
      [width - RIGHT, level],
    ],
  ]
  return [
    { kind: 'lines', lines, stroke: 'fail', width: 1, dash: [7, 4] },
    text([LEFT - 5, Math.min(FLOOR - 6, level + 3.5)], `limit ${limit}`, 'fail', 'end'),
  ]
}

function titles(plot: TimePlot, { top, over, y }: Scales, zone: Zone): Shape[] {
  const shown = Number(top.toPrecision(3))
  const crowded = plot.limit !== null && y(plot.limit) - TOP < 12
  return [
    text([0, 11], `${plot.title}, ${plot.unit}, times ${zone.name}`, 'ink'),
    text([LEFT - 5, FLOOR], '0', 'quiet', 'end'),
    ...(crowded && !over
      ? []
      : [text([LEFT - 5, TOP + 4], `${over ? '> ' : ''}${shown}`, 'quiet', 'end')]),
  ]
}
