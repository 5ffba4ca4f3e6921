import type { HeatCell } from './heat-map.ts'
import { type Box, type Drawing, type Point, type Shape, tenth, text } from './shapes.ts'
import { ticksOf } from './time-plot.ts'
import { span, UTC } from './zone.ts'

/** States of several lines over one time, with a time of interest shaded. */
export interface Strips {
  readonly fromMs: number
  readonly toMs: number
  readonly rows: readonly StripRow[]
  /** The outage: drawn through all rows. */
  readonly shaded: { readonly from: number; readonly to: number }
  readonly shadedAs: string
}

export interface StripRow {
  readonly name: string
  readonly parts: readonly {
    readonly from: number
    readonly to: number
    readonly state: HeatCell
  }[]
}

const LEFT = 200
const TOP = 18
const ROW = 17

/** The worse a state, the higher its bar: read without colour too. */
const BARS: { readonly [S in HeatCell]: readonly [share: number, opacity: number] } = {
  pass: [0.3, 0.8],
  'not-tested': [0.1, 0.8],
  inconclusive: [0.6, 0.7],
  fail: [1, 0.9],
}

export function drawStrips(strips: Strips, width: number): Drawing {
  const { fromMs, toMs, rows, shaded } = strips
  const x = (ms: number) =>
    tenth(
      LEFT +
        ((Math.min(toMs, Math.max(fromMs, ms)) - fromMs) / (toMs - fromMs)) * (width - LEFT - 8),
    )
  const foot = TOP + rows.length * ROW
  const ground: Box = [
    x(shaded.from),
    TOP - 4,
    tenth(x(shaded.to) - x(shaded.from)),
    foot - TOP + 4,
  ]
  const lines: Point[][] = [
    [
      [LEFT, foot],
      [width - 8, foot],
    ],
  ]
  const labels: Shape[] = ticksOf(fromMs, toMs, 8).map(({ at, words }) => {
    lines.push([
      [x(at), TOP - 4],
      [x(at), foot + 3],
    ])
    return text([x(at), foot + 13], words, 'quiet', x(at) > width - 30 ? 'end' : 'middle')
  })
  const label = `${rows.length} lines, ${span(fromMs, toMs, UTC)}; ${rows.map(rowWords).join('; ')}`
  return {
    ...{ width, height: foot + 18, label },
    shapes: [
      { kind: 'boxes', boxes: [ground], fill: 'gap' },
      { kind: 'lines', lines, stroke: 'line', width: 0.8 },
      text([x(shaded.from), 10], strips.shadedAs, 'ink'),
      ...labels,
      ...rows.flatMap((row, at) => drawRow(row, TOP + at * ROW, x)),
    ],
  }
}

function drawRow({ name, parts }: StripRow, top: number, x: (ms: number) => number): Shape[] {
  const states = Object.keys(BARS) as HeatCell[]
  const bars = states.map((state): Shape => {
    const [share, opacity] = BARS[state]
    const tall = tenth((ROW - 4) * share)
    const boxes = parts
      .filter((part) => part.state === state)
      .map(
        ({ from, to }): Box => [
          x(from),
          tenth(top + ROW - 2 - tall),
          tenth(Math.max(0.7, x(to) - x(from))),
          tall,
        ],
      )
    return { kind: 'boxes', boxes, fill: state, opacity }
  })
  return [text([0, top + ROW - 5], name, 'ink'), ...bars]
}

function rowWords({ name, parts }: StripRow): string {
  const failing = parts.filter(({ state }) => state === 'fail').length
  return `${name}: ${failing} stretches fail`
}
