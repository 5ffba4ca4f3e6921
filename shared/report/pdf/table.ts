import type { Cell, TableBlock } from '../document.ts'
import { FONTS, INKS, MARGIN, PAGE, printable, TONES, WIDTH } from './look.ts'

type Pdf = PDFKit.PDFDocument

const SIZE = 8.2
const SMALL = 7.2
const PAD = 4
const BOTTOM = PAGE.height - MARGIN.bottom

interface Slot {
  readonly x: number
  readonly width: number
}

/** A table over the whole width; its head stands again on each page, and a row is never torn. */
export function drawTable(doc: Pdf, { caption, columns, rows }: TableBlock): void {
  const slots = slotsOf(columns.map(({ share }) => share))
  const first = rows[0] === undefined ? 0 : rowHeight(doc, rows[0], slots)
  const titles = columns.map(({ title }) => title)
  if (doc.y + 16 + headHeight(doc, titles, slots) + first > BOTTOM) doc.addPage()
  doc.font(FONTS.plain).fontSize(8.5).fillColor(INKS.quiet)
  doc.text(printable(caption), MARGIN.left, doc.y, { width: WIDTH }).moveDown(0.2)
  drawHead(doc, titles, slots)
  for (const row of rows) {
    const height = rowHeight(doc, row, slots)
    if (doc.y + height > BOTTOM) {
      doc.addPage()
      drawHead(doc, titles, slots)
    }
    drawRow(doc, row, slots, height)
  }
  doc.x = MARGIN.left
  doc.moveDown(0.6)
}

function slotsOf(shares: readonly number[]): readonly Slot[] {
  const all = shares.reduce((sum, share) => sum + share, 0)
  let x = MARGIN.left
  return shares.map((share) => {
    const slot = { x, width: (WIDTH * share) / all }
    x += slot.width
    return slot
  })
}

function drawHead(doc: Pdf, titles: readonly string[], slots: readonly Slot[]): void {
  const top = doc.y
  const height = headHeight(doc, titles, slots)
  doc.fillColor(INKS.quiet)
  titles.forEach((title, at) => {
    const { x, width } = slots[at] ?? { x: 0, width: 0 }
    doc.text(printable(title), x, top, { width: width - PAD })
  })
  doc.y = top + height
}

/** Of a head whose titles wrap as wide as their columns are; leaves its font set. */
function headHeight(doc: Pdf, titles: readonly string[], slots: readonly Slot[]): number {
  doc.font(FONTS.bold).fontSize(SIZE)
  const heights = titles.map((title, at) =>
    doc.heightOfString(printable(title), { width: (slots[at]?.width ?? 0) - PAD }),
  )
  return Math.max(...heights, SIZE) + 3
}

function rowHeight(doc: Pdf, row: readonly Cell[], slots: readonly Slot[]): number {
  const heights = row.map(({ text, below, tone }, at) => {
    const width = (slots[at]?.width ?? 0) - PAD
    doc.font(fontOf(at, tone)).fontSize(SIZE)
    const upper = doc.heightOfString(broken(doc, text, width), { width })
    if (below === undefined || below === '') return upper
    doc.font(FONTS.plain).fontSize(SMALL)
    return upper + doc.heightOfString(broken(doc, below, width), { width }) + 1
  })
  return Math.max(...heights, SIZE) + 2 * PAD
}

const fontOf = (at: number, tone: Cell['tone']) =>
  at === 0 || tone !== undefined ? FONTS.bold : FONTS.plain

function drawRow(doc: Pdf, row: readonly Cell[], slots: readonly Slot[], height: number): void {
  const top = doc.y
  doc.moveTo(MARGIN.left, top).lineTo(MARGIN.left + WIDTH, top)
  doc.undash().lineWidth(0.5).strokeColor(INKS.line, 1).stroke()
  row.forEach(({ text, tone, below }, at) => {
    const { x, width: whole } = slots[at] ?? { x: 0, width: 0 }
    const width = whole - PAD
    doc.font(fontOf(at, tone)).fontSize(SIZE)
    const words = broken(doc, text, width)
    if (tone !== undefined) {
      const wide = Math.min(width, doc.widthOfString(words) + 6)
      const tall = doc.heightOfString(words, { width })
      doc
        .roundedRect(x - 3, top + PAD - 1.5, wide, tall + 2, 2)
        .fillColor(TONES[tone].ground, 1)
        .fill()
    }
    doc.fillColor(TONES[tone ?? 'plain'].ink, 1).text(words, x, top + PAD, { width })
    if (below === undefined || below === '') return
    doc.font(FONTS.plain).fontSize(SMALL).fillColor(INKS.quiet, 1)
    doc.text(broken(doc, below, width), x, doc.y + 1, { width })
  })
  doc.x = MARGIN.left
  doc.y = top + height
}

/** Words that are wider than their column are broken where it ends. */
function broken(doc: Pdf, text: string, width: number): string {
  return printable(text)
    .split(' ')
    .map((word) => brokenWord(doc, word, width))
    .join(' ')
}

/** After commas where that does: the names of a list stay whole. */
function brokenWord(doc: Pdf, word: string, width: number): string {
  const fits = (some: string) => doc.widthOfString(some) <= width
  let [done, line] = ['', '']
  for (const part of word.split(/(?<=,)/)) {
    if (!fits(line + part) && line !== '') {
      done += `${line}\n`
      line = ''
    }
    for (const piece of fits(part) ? [part] : part) {
      if (!fits(line + piece)) {
        done += `${line}\n`
        line = ''
      }
      line += piece
    }
  }
  return done + line
}
