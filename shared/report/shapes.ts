/**
 * A drawing as shapes with meanings instead of colours, so that SVG and PDF draw the same: points
 * from the upper left corner, one unit the 96th part of an inch.
 */
export type Ink =
  | 'ink'
  | 'quiet'
  | 'line'
  | 'gap'
  | 'shade'
  | 'busy'
  | 'out'
  | 'back'
  | 'pass'
  | 'fail'
  | 'inconclusive'
  | 'not-tested'

export type Point = readonly [x: number, y: number]
export type Box = readonly [x: number, y: number, width: number, height: number]

export type Shape =
  | {
      readonly kind: 'boxes'
      readonly boxes: readonly Box[]
      readonly fill: Ink
      readonly opacity?: number
    }
  | {
      readonly kind: 'lines'
      readonly lines: readonly (readonly Point[])[]
      readonly stroke: Ink
      readonly width: number
      readonly dash?: readonly [number, number]
    }
  | {
      readonly kind: 'text'
      readonly at: Point
      readonly text: string
      readonly ink: Ink
      readonly anchor: 'start' | 'middle' | 'end'
    }

export interface Drawing {
  readonly width: number
  readonly height: number
  /** What is seen, in words. */
  readonly label: string
  readonly shapes: readonly Shape[]
}

/** Size of the text of drawings, in their units. */
export const TEXT_SIZE = 10.5

export const text = (
  at: Point,
  words: string,
  ink: Ink,
  anchor: 'start' | 'middle' | 'end' = 'start',
): Shape => ({ kind: 'text', at, text: words, ink, anchor })

/** To a tenth of a unit: nobody sees more, and files stay small. */
export const tenth = (value: number): number => Math.round(value * 10) / 10
