import PDFDocument from 'pdfkit'
import type { Block, ReportDocument, Section } from '../document.ts'
import type { Zone } from '../zone.ts'
import { type Drawing, drawingOf } from './figure.ts'
import { FONTS, INKS, MARGIN, PAGE, printable, TONES, WIDTH } from './look.ts'
import { drawShapes, heightOf } from './shapes.ts'
import { drawTable } from './table.ts'

/**
 * A report as PDF with the standard fonts: the same report gives the same octets. Its date is the end
 * of the time it speaks of, and its identifier follows from that and the title.
 */
export function renderPdf(report: ReportDocument, zone: Zone): Promise<Uint8Array> {
  const { title, subtitle, sections } = report
  const date = new Date(report.dateMs)
  const doc = new PDFDocument({
    ...{ size: 'A4', margins: MARGIN, bufferPages: true, autoFirstPage: true, lang: 'en' },
    ...{ displayTitle: true, font: FONTS.plain },
    info: {
      ...{
        Title: printable(`${title}: ${subtitle}`),
        Producer: 'voip-ready',
        Creator: 'voip-ready',
      },
      ...{ CreationDate: date, ModDate: date, Subject: hashes(report) },
    },
  })
  const parts: Uint8Array[] = []
  const done = new Promise<Uint8Array>((resolve, reject) => {
    doc.on('data', (part: Uint8Array) => parts.push(part))
    doc.on('end', () => resolve(Buffer.concat(parts)))
    doc.on('error', reject)
  })
  head(doc, report)
  sections.forEach((section, at) => {
    // How to verify it is read, and followed, as one: never a few lines alone on the last page.
    if (at === sections.length - 1) room(doc, Math.min(LAST_MOST, sectionHeight(doc, section)))
    drawSection(doc, section, zone)
  })
  feet(doc, report)
  doc.end()
  return done
}

type Pdf = PDFKit.PDFDocument

const hashes = ({ bundles }: ReportDocument) =>
  printable(bundles.map(({ file, sha256 }) => `${file} SHA-256 ${sha256}`).join('; '))

function head(doc: Pdf, { title, subtitle, headline }: ReportDocument): void {
  const { ink, ground } = TONES[headline.tone]
  doc.font(FONTS.plain).fontSize(9).fillColor(INKS.quiet).text('voip-ready').moveDown(0.3)
  doc.font(FONTS.bold).fontSize(20).fillColor(INKS.ink).text(printable(title))
  doc.font(FONTS.plain).fontSize(10.5).fillColor(INKS.quiet).text(printable(subtitle)).moveDown(0.6)
  const top = doc.y
  const inner = { width: WIDTH - 28 }
  const says = headline.says.map(printable)
  doc.font(FONTS.bold).fontSize(22)
  const wordHeight = doc.heightOfString(printable(headline.word), inner)
  doc.font(FONTS.plain).fontSize(10)
  const height = says.reduce(
    (sum, one) => sum + doc.heightOfString(one, inner) + 4,
    wordHeight + 22,
  )
  doc.rect(MARGIN.left, top, WIDTH, height).fill(ground)
  doc.rect(MARGIN.left, top, 6, height).fill(ink)
  doc.font(FONTS.bold).fontSize(22).fillColor(ink)
  doc.text(printable(headline.word), MARGIN.left + 18, top + 10, inner)
  says.forEach((one, at) => {
    doc
      .font(at === says.length - 1 ? FONTS.bold : FONTS.plain)
      .fontSize(10)
      .fillColor(INKS.ink)
    doc.text(one, MARGIN.left + 18, doc.y + 4, inner)
  })
  doc.x = MARGIN.left
  doc.y = Math.max(doc.y, top + height)
}

function drawSection(doc: Pdf, { title, blocks }: Section, zone: Zone): void {
  // A title never stands alone at the foot of a page.
  room(doc, leadHeight(doc, blocks[0], zone))
  doc.moveDown(0.9)
  doc.font(FONTS.bold).fontSize(13).fillColor(INKS.ink).text(printable(title), MARGIN.left)
  const line = doc.y + 1
  doc.moveTo(MARGIN.left, line).lineTo(MARGIN.left + WIDTH, line)
  doc.lineWidth(0.6).strokeColor(INKS.line).stroke()
  doc.y = line + 5
  for (const block of blocks) drawBlock(doc, block, zone)
}

const TITLE_HEIGHT = 40

/** Of a section's title with as much of what follows as is not torn from it. */
function leadHeight(doc: Pdf, first: Block | undefined, zone: Zone): number {
  if (first?.kind === 'table') return 190
  if (first?.kind === 'command') return TITLE_HEIGHT + commandHeight(doc, first.lines)
  const drawing = first === undefined ? null : drawingOf(first, zone)
  return drawing === null ? 90 : TITLE_HEIGHT + heightOf(drawing, WIDTH)
}

/** Longer than this it may be torn: half a page of emptiness before it would be no better. */
const LAST_MOST = 400

/** About how high a section of plain blocks is; plots and tables make room for themselves. */
function sectionHeight(doc: Pdf, { blocks }: Section): number {
  doc.font(FONTS.plain).fontSize(9.5)
  const high = (words: string, width = WIDTH) => doc.heightOfString(printable(words), { width }) + 5
  const heights = blocks.map((block) => {
    if (block.kind === 'text') return high(block.text)
    if (block.kind === 'list') return block.items.reduce((sum, item) => sum + high(item), 4)
    if (block.kind === 'command') return block.lines.reduce((sum, line) => sum + high(line), 20)
    if (block.kind !== 'pairs') return 0
    return block.pairs.reduce((sum, [, value]) => sum + high(value, WIDTH - NAME_WIDTH), 6)
  })
  return heights.reduce((sum, height) => sum + height, 40)
}

/** A new page where less than this is left. */
function room(doc: Pdf, height: number): void {
  if (doc.y + height > PAGE.height - MARGIN.bottom) doc.addPage()
}

function drawBlock(doc: Pdf, block: Block, zone: Zone): void {
  doc.x = MARGIN.left
  switch (block.kind) {
    case 'text': {
      const tone = TONES[block.tone ?? 'plain']
      doc
        .font(block.tone === undefined ? FONTS.plain : FONTS.bold)
        .fontSize(9.5)
        .fillColor(tone.ink)
      doc.text(printable(block.text), { width: WIDTH }).moveDown(0.4)
      return
    }
    case 'list':
      list(doc, block.items)
      return
    case 'pairs':
      pairs(doc, block.pairs)
      return
    case 'command':
      command(doc, block.lines)
      return
    case 'table':
      drawTable(doc, block)
      return
    default:
      figure(doc, drawingOf(block, zone))
      if (block.kind !== 'heat') return
      doc.font(FONTS.plain).fontSize(8.5).fillColor(INKS.quiet).text(printable(block.heat.note))
  }
}

function list(doc: Pdf, items: readonly string[]): void {
  for (const item of items) {
    const words = printable(item)
    doc.font(FONTS.plain).fontSize(9.5).fillColor(INKS.ink)
    room(doc, Math.min(200, doc.heightOfString(words, { width: WIDTH - 12 })))
    const top = doc.y
    doc.text('-', MARGIN.left, top, { lineBreak: false })
    doc.text(words, MARGIN.left + 12, top, { width: WIDTH - 12 }).moveDown(0.2)
  }
  doc.x = MARGIN.left
  doc.moveDown(0.3)
}

const NAME_WIDTH = 118

function pairs(doc: Pdf, all: readonly (readonly [string, string])[]): void {
  // A few stand together: none of them is alone on a page.
  if (all.length <= 3) room(doc, all.length * 28)
  for (const [name, value] of all) {
    const words = printable(value)
    const width = WIDTH - NAME_WIDTH
    doc.font(FONTS.plain).fontSize(9.5)
    const height = Math.max(
      doc.heightOfString(words, { width }),
      doc.heightOfString(printable(name), { width: NAME_WIDTH - 8 }),
    )
    room(doc, height + 4)
    const top = doc.y
    doc.fillColor(INKS.quiet).text(printable(name), MARGIN.left, top, { width: NAME_WIDTH - 8 })
    doc.fillColor(INKS.ink).text(words, MARGIN.left + NAME_WIDTH, top, { width })
    doc.y = top + height + 4
  }
  doc.x = MARGIN.left
  doc.moveDown(0.4)
}

const COMMAND_INNER = { width: WIDTH - 16 }
const commandWords = (lines: readonly string[]) => lines.map(printable).join(' \\\n')

/** Of the box around it; leaves its font set. */
function commandHeight(doc: Pdf, lines: readonly string[]): number {
  doc.font(FONTS.mono).fontSize(7.5)
  return doc.heightOfString(commandWords(lines), COMMAND_INNER) + 12
}

function command(doc: Pdf, lines: readonly string[]): void {
  const height = commandHeight(doc, lines)
  room(doc, height)
  const top = doc.y
  doc.rect(MARGIN.left, top, WIDTH, height).fill(TONES.plain.ground)
  doc.fillColor(INKS.ink).text(commandWords(lines), MARGIN.left + 8, top + 6, COMMAND_INNER)
  doc.x = MARGIN.left
  doc.y = top + height + 6
}

function figure(doc: Pdf, drawing: Drawing): void {
  const height = heightOf(drawing, WIDTH)
  room(doc, height + 6)
  const top = doc.y
  drawShapes(doc, drawing, { x: MARGIN.left, y: top, width: WIDTH })
  doc.x = MARGIN.left
  doc.y = top + height + 6
}

/** Page numbers and the evidence below each page, once the pages are counted. */
function feet(doc: Pdf, report: ReportDocument): void {
  const { start, count } = doc.bufferedPageRange()
  for (let page = start; page < start + count; page += 1) {
    doc.switchToPage(page)
    // Below the margin: text there must not open a page of its own.
    doc.page.margins.bottom = 0
    const top = PAGE.height - MARGIN.bottom + 14
    doc.font(FONTS.plain).fontSize(7).fillColor(INKS.quiet)
    const words = { width: WIDTH - 70, lineBreak: false, ellipsis: true }
    report.bundles.forEach(({ file, sha256 }, at) => {
      doc.text(
        printable(`${file.slice(0, 60)}  SHA-256 ${sha256}`),
        MARGIN.left,
        top + at * 9,
        words,
      )
    })
    doc.text(`page ${page - start + 1} of ${count}`, MARGIN.left + WIDTH - 70, top, {
      width: 70,
      align: 'right',
      lineBreak: false,
    })
  }
}
