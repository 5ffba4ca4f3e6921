import type { Timeline } from '../answers.ts'

/** Room beside the drawing, for names of limits and lines. */
export const LEFT = 104
export const RIGHT = 10

/** A time drawn from left to right. */
export interface Scale {
  readonly from: number
  readonly to: number
  readonly stepMs: number
  /** How many steps it has. */
  readonly points: number
  /** Of the whole picture. */
  readonly width: number
  /** Where an instant stands. */
  readonly x: (ms: number) => number
  /** Where a step begins, as it is written in a path. */
  readonly edge: (step: number) => string
}

export function scaleOf({ from, to, stepSeconds, points }: Timeline, width: number): Scale {
  const [first, last] = [Date.parse(from), Date.parse(to)]
  const stepMs = stepSeconds * 1000
  const x = (ms: number) =>
    LEFT + Math.max(0, Math.min(1, (ms - first) / (last - first))) * (width - LEFT - RIGHT)
  const edge = (step: number) => x(first + step * stepMs).toFixed(1)
  return { from: first, to: last, stepMs, points, width, x, edge }
}

/** The step that a place of the picture is in; null: none. */
export function stepAt({ width, points }: Scale, px: number): number | null {
  const step = Math.floor(((px - LEFT) / (width - LEFT - RIGHT)) * points)
  return step < 0 || step >= points ? null : step
}
