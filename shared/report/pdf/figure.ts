import type { Block } from '../document.ts'
import { drawHeatMap } from '../heat-map.ts'
import { drawStrips } from '../strips.ts'
import { drawTimePlot } from '../time-plot.ts'
import type { Zone } from '../zone.ts'
import type { drawShapes } from './shapes.ts'

export type Drawing = Parameters<typeof drawShapes>[1]
type Figure = Extract<Block, { readonly kind: 'plot' | 'heat' | 'strips' }>

/** The shapes of a block that is a figure; null: it is none. */
export function drawingOf(block: Figure, zone: Zone): Drawing
export function drawingOf(block: Block, zone: Zone): Drawing | null
export function drawingOf(block: Block, zone: Zone): Drawing | null {
  if (block.kind === 'plot') return drawTimePlot(block.plot, 720, zone)
  if (block.kind === 'heat') return drawHeatMap(block.heat, 720)
  return block.kind === 'strips' ? drawStrips(block.strips, 720) : null
}
