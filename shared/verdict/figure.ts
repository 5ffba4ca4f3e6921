import type { Finding } from './finding.ts'

const LEAST = 0.001
/** With so many places any two numbers are told apart. */
const MOST_PLACES = 20

/**
 * A value as people read it, ratios in per cent: three figures that count, whole numbers whole, never in powers
 * of ten. More of them where fewer would put it onto its limit or across it, so a limit itself is exact.
 */
export function figureOf(value: number, { unit, limit }: Pick<Finding, 'unit' | 'limit'>): string {
  const shown = scaled(value, unit)
  const border = limit === null ? null : scaled(limit, unit)
  const size = Math.abs(shown)
  if (size > 0 && size < LEAST && !isTiny(border)) return shown > 0 ? '<0.001' : '>-0.001'
  const side = (of: number) => (border === null ? 0 : Math.sign(of - border))
  const counting = size === 0 ? 0 : 2 - Math.floor(Math.log10(size))
  let places = Math.max(0, size < LEAST ? counting : Math.min(3, counting))
  while (places < MOST_PLACES && side(Number(shown.toFixed(places))) !== side(shown)) places++
  const text = shown.toFixed(places)
  return places === 0 ? text : text.replace(/\.?0+$/, '')
}

/** Beside a limit as small as this a value is told to its last figure. */
function isTiny(border: number | null): boolean {
  return border !== null && border !== 0 && Math.abs(border) < LEAST
}

/** Twelve digits hide the dust of binary fractions (0.07 x 100) and nothing else. */
function scaled(value: number, unit: Finding['unit']): number {
  return unit === 'ratio' ? Number((value * 100).toPrecision(12)) : value
}
