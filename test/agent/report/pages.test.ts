import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { type Block, REPORT_FORMAT, type ReportDocument } from '../../../shared/report/document.ts'
import { renderPdf } from '../../../shared/report/pdf/pdf.ts'
import { UTC } from '../../../shared/report/zone.ts'

const PLOT: Block = {
  kind: 'plot',
  plot: {
    ...{ title: 'the figure', unit: 'ms', fromMs: 0, stepMs: 900_000, steps: 1, limit: 30 },
    series: [{ name: 'out', values: [12], low: [], high: [] }],
    ...{ gaps: ['none'], shaded: [], busy: [] },
  },
}
const COMMAND: Block = {
  kind: 'command',
  lines: ['the figure', ...Array.from({ length: 8 }, () => '  and more of it')],
}

/** Of a report in which so many lines stand before a section that begins with this. */
async function pagesOf(lines: number, first: Block): Promise<readonly string[]> {
  const before: Block[] = Array.from({ length: lines }, () => ({ kind: 'text', text: 'a line' }))
  const report: ReportDocument = {
    ...{
      format: REPORT_FORMAT,
      kind: 'monthly',
      title: 'T',
      subtitle: 'S',
      bundles: [],
      dateMs: 0,
    },
    headline: { word: 'CANNOT SAY', tone: 'inconclusive', says: [] },
    sections: [
      { title: 'Before', blocks: before },
      { title: 'The title', blocks: [first] },
      { title: 'Last', blocks: [] },
    ],
  }
  const input = await renderPdf(report, UTC)
  const { stdout, error } = spawnSync('pdftotext', ['-', '-'], { input, encoding: 'utf8' })
  if (error !== undefined) throw new Error(`${error.message}: poppler-utils`)
  return stdout.split('\f')
}

test.each([
  ['a figure', PLOT],
  ['a command', COMMAND],
])('a title never stands alone at the foot of a page: %s follows it', async (_, first) => {
  const titled = new Set<number>()
  for (let lines = 26; lines < 46; lines += 1) {
    const pages = await pagesOf(lines, first)
    const at = pages.findIndex((page) => page.includes('The title'))
    expect(pages[at]).toContain('the figure')
    titled.add(at)
  }
  // Both sides of the page's end were tried.
  expect([...titled].sort()).toEqual([0, 1])
})
