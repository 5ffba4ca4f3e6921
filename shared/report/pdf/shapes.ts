import { type Drawing, type Shape, TEXT_SIZE } from '../shapes.ts'
import { FONTS, INKS, printable } from './look.ts'

type Pdf = PDFKit.PDFDocument

/** Height of a drawing that is made this wide. */
export function heightOf({ width, height }: Drawing, wanted: number): number {
  return (height * wanted) / width
}

/** Draws at a place, scaled to a width; leaves the document's own colours and lines as they were. */
export function drawShapes(
  doc: Pdf,
  drawing: Drawing,
  place: { readonly x: number; readonly y: number; readonly width: number },
): void {
  const scale = place.width / drawing.width
  doc.save()
  doc.translate(place.x, place.y).scale(scale)
  for (const shape of drawing.shapes) drawShape(doc, shape)
  doc.restore()
}

function drawShape(doc: Pdf, shape: Shape): void {
  if (shape.kind === 'text') {
    doc.font(FONTS.plain).fontSize(TEXT_SIZE).fillColor(INKS[shape.ink], 1)
    const words = printable(shape.text)
    const back = { start: 0, middle: 0.5, end: 1 }[shape.anchor] * doc.widthOfString(words)
    doc.text(words, shape.at[0] - back, shape.at[1], { lineBreak: false, baseline: 'alphabetic' })
    return
  }
  if (shape.kind === 'boxes') {
    if (shape.boxes.length === 0) return
    for (const [x, y, width, height] of shape.boxes) doc.rect(x, y, width, height)
    doc.fillColor(INKS[shape.fill], shape.opacity ?? 1).fill()
    return
  }
  if (shape.lines.length === 0) return
  for (const line of shape.lines) {
    line.forEach(([x, y], at) => {
      if (at === 0) doc.moveTo(x, y)
      else doc.lineTo(x, y)
    })
  }
  doc.lineWidth(shape.width).strokeColor(INKS[shape.stroke], 1)
  if (shape.dash === undefined) doc.undash()
  else doc.dash(shape.dash[0], { space: shape.dash[1] })
  doc.stroke()
}
