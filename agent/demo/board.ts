import { get } from 'node:http'
import type { Finding, Overall } from '../../shared/verdict/finding.ts'
import { renderFindings } from '../check/findings-table.ts'
import type { WordsById } from '../check/line-words.ts'
import type { Paint } from '../cli/colour.ts'

/** What the collector's API says of one site, as far as the board shows it. */
export interface SiteNow {
  readonly overall: Overall
  readonly window: {
    readonly period: { readonly from: string; readonly to: string }
    readonly overall: Overall
    readonly counts: { readonly [verdict: string]: number } | null
    readonly findings: readonly Finding[]
  }
}

/** Asks the collector about a site; null while it knows nothing of it, or does not answer. */
export function fetchSite(collector: string, site: string): Promise<SiteNow | null> {
  return new Promise((resolve) => {
    const request = get(`${collector}/api/v1/sites/${site}`, { timeout: 3000 }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part
      })
      response.on('error', () => resolve(null))
      response.on('end', () => resolve(response.statusCode === 200 ? parse(body) : null))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(null))
  })
}

function parse(body: string): SiteNow | null {
  try {
    return JSON.parse(body) as SiteNow
  } catch {
    return null
  }
}

/** The newest minute as the collector judged it: what was looked at, in one table. */
export function renderBoard(now: SiteNow, words: WordsById, paint: Paint): string[] {
  const { period, findings, counts, overall } = now.window
  const time = (instant: string) => instant.slice(11, 19)
  const shown = findings.filter((finding) => finding.verdict !== 'not-tested')
  const hidden = new Set(
    findings.filter((finding) => finding.verdict === 'not-tested').map((finding) => finding.id),
  )
  const sums =
    counts === null
      ? ''
      : `: ${counts.fail} fail, ${counts.inconclusive} inconclusive, ${counts.pass} pass`
  return [
    `the newest window, ${time(period.from)} to ${time(period.to)} UTC, as the collector judged it:`,
    '',
    ...(shown.length === 0
      ? []
      : [...renderFindings(shown, { words, paint, judged: findings }), '']),
    `${paint.bold(overall)}${sums}; ${hidden.size} lines were not looked at`,
  ]
}

/** Shows one block of lines over and over: in place on a terminal, one after the other elsewhere. */
export class Redraw {
  readonly #write: (text: string) => void
  readonly #inPlace: boolean
  #height = 0

  constructor(write: (text: string) => void, inPlace: boolean) {
    this.#write = write
    this.#inPlace = inPlace
  }

  show(lines: readonly string[]): void {
    const back = this.#inPlace && this.#height > 0 ? `\u001b[${this.#height}A\u001b[J` : ''
    this.#write(`${back}${lines.join('\n')}\n`)
    this.#height = lines.length
  }
}
