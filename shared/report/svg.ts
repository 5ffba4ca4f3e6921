import { escapeHtml } from './escape.ts'
import { type Drawing, type Shape, TEXT_SIZE, tenth } from './shapes.ts'

/** A drawing as inline SVG; colours are the page's own, by meaning. */
export function svgOf({ width, height, label, shapes }: Drawing): string {
  const inner = shapes.map(svgShape).join('')
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}" font-size="${TEXT_SIZE}">${inner}</svg>`
}

function svgShape(shape: Shape): string {
  if (shape.kind === 'text') {
    const { at, text, ink, anchor } = shape
    const place = anchor === 'start' ? '' : ` text-anchor="${anchor}"`
    return `<text x="${tenth(at[0])}" y="${tenth(at[1])}"${place} fill="var(--${ink})">${escapeHtml(text)}</text>`
  }
  if (shape.kind === 'boxes') {
    if (shape.boxes.length === 0) return ''
    const path = shape.boxes.map(
      ([x, y, width, height]) => `M${x} ${y}h${width}v${height}h${-width}z`,
    )
    const opacity = shape.opacity === undefined ? '' : ` opacity="${shape.opacity}"`
    return `<path d="${path.join('')}" fill="var(--${shape.fill})"${opacity}/>`
  }
  if (shape.lines.length === 0) return ''
  const path = shape.lines.map((line) =>
    line.map(([x, y], at) => step(x, y, line[at - 1])).join(''),
  )
  const dash = shape.dash === undefined ? '' : ` stroke-dasharray="${shape.dash.join(' ')}"`
  return `<path d="${path.join('')}" fill="none" stroke="var(--${shape.stroke})" stroke-width="${shape.width}"${dash}/>`
}

/** Level and upright steps in short. */
function step(x: number, y: number, before: readonly [number, number] | undefined): string {
  if (before === undefined) return `M${x} ${y}`
  if (before[1] === y) return `H${x}`
  return before[0] === x ? `V${y}` : `L${x} ${y}`
}
