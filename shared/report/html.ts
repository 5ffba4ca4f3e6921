import type { Block, Cell, ReportDocument, Section, TableBlock } from './document.ts'
import { escapeHtml } from './escape.ts'
import { drawHeatMap } from './heat-map.ts'
import { REPORT_STYLE } from './html-style.ts'
import { drawStrips } from './strips.ts'
import { svgOf } from './svg.ts'
import { drawTimePlot } from './time-plot.ts'
import type { Zone } from './zone.ts'

const WIDTH = 720

/**
 * A report as one HTML file: no script, no request to anywhere, readable on paper and in the dark.
 * All text of the evidence is escaped.
 */
export function renderHtml(report: ReportDocument, zone: Zone): string {
  const { title, subtitle, headline, sections, bundles } = report
  const says = headline.says.map((one) => `<p>${words(one)}</p>`).join('')
  const hashes = bundles.map(
    ({ file, sha256 }) => `${escapeHtml(file)} <code>${escapeHtml(sha256)}</code>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(`${title}: ${subtitle}`)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<p class="kind">voip-ready</p>
<h1>${escapeHtml(title)}</h1>
<p class="subtitle">${words(subtitle)}</p>
<div class="headline ${headline.tone}"><p class="word">${words(headline.word)}</p>${says}</div>
</header>
<main>
${sections.map((section, at) => sectionHtml(section, at, zone)).join('\n')}
</main>
<footer><p>Rendered from the bundle; the bundle is the evidence. SHA-256: ${hashes.join('; ')}</p></footer>
</body>
</html>
`
}

function sectionHtml({ title, blocks }: Section, at: number, zone: Zone): string {
  const id = `section-${at + 1}`
  const inner = blocks.map((block) => blockHtml(block, zone)).join('\n')
  return `<section aria-labelledby="${id}"><h2 id="${id}">${escapeHtml(title)}</h2>\n${inner}</section>`
}

function blockHtml(block: Block, zone: Zone): string {
  switch (block.kind) {
    case 'text':
      return `<p class="${block.tone ?? 'plain'}">${words(block.text)}</p>`
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${words(item)}</li>`).join('')}</ul>`
    case 'pairs':
      return `<dl>${block.pairs.map(pairHtml).join('')}</dl>`
    case 'command':
      return `<pre>${block.lines.map(escapeHtml).join(' \\\n')}</pre>`
    case 'table':
      return tableHtml(block)
    case 'plot':
      return `<figure>${svgOf(drawTimePlot(block.plot, WIDTH, zone))}</figure>`
    case 'heat':
      return `<figure>${svgOf(drawHeatMap(block.heat, WIDTH))}<figcaption>${escapeHtml(block.heat.note)}</figcaption></figure>`
    case 'strips':
      return `<figure>${svgOf(drawStrips(block.strips, WIDTH))}</figure>`
    default:
      return block satisfies never
  }
}

function pairHtml([name, value]: readonly [string, string]): string {
  return `<div><dt>${escapeHtml(name)}</dt><dd>${words(value)}</dd></div>`
}

function tableHtml({ caption, columns, rows }: TableBlock): string {
  const all = columns.reduce((sum, { share }) => sum + share, 0)
  const widths = columns.map(
    ({ share }) => `<col style="width:${((100 * share) / all).toFixed(1)}%">`,
  )
  const heads = columns.map(({ title }) => `<th scope="col">${escapeHtml(title)}</th>`)
  const body = rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`)
  return `<div class="scroll"><table><caption>${escapeHtml(caption)}</caption><colgroup>${widths.join('')}</colgroup>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>`
}

/** Text whose dates are never broken at their hyphens. */
function words(text: string): string {
  return escapeHtml(text).replace(/\b\d{4}-\d{2}-\d{2}(T[\d:]+Z)?(?!\w)/g, '<time>$&</time>')
}

/** Words of judgement up to this long stay on one line; longer ones would run out of their column. */
const ONE_LINE = 12

/** The first cell of a row names it. */
function cellHtml({ text, tone, below }: Cell, at: number): string {
  const long = text.length > ONE_LINE ? ' long' : ''
  const word =
    tone === undefined ? words(text) : `<b class="pill ${tone}${long}">${escapeHtml(text)}</b>`
  const small = below === undefined || below === '' ? '' : `<small>${words(below)}</small>`
  return at === 0 ? `<th scope="row">${word}${small}</th>` : `<td>${word}${small}</td>`
}
