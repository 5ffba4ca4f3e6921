import type { Answer } from '../eligibility/terms.ts'
import type { Verdict } from '../verdict/finding.ts'
import type { HeatMap } from './heat-map.ts'
import type { Strips } from './strips.ts'
import type { TimePlot } from './time-plot.ts'

/**
 * A report before anybody has drawn it: text, tables, and plots as numbers. HTML and PDF are two
 * renderings of it. The bundle is the evidence; whatever is said here can be had from it again.
 */
export const REPORT_FORMAT = 'voip-ready/report/1'

export type ReportKind = 'readiness' | 'monthly' | 'rectification' | 'eligibility' | 'campaign'

/** Colours by meaning; the word always stands beside it. */
export type Tone = Verdict | 'plain'

export interface ReportDocument {
  readonly format: typeof REPORT_FORMAT
  readonly kind: ReportKind
  readonly title: string
  /** Of what and of which time. */
  readonly subtitle: string
  /** The answer: the first thing that is read, and on whose word it stands. */
  readonly headline: Headline
  readonly sections: readonly Section[]
  /** The evidence: what every page names. */
  readonly bundles: readonly BundleName[]
  /** End of the time that is spoken of, milliseconds since 1970: the date of the file, for the same octets. */
  readonly dateMs: number
}

export interface Headline {
  readonly word: string
  readonly tone: Tone
  /** Sentences below it. */
  readonly says: readonly string[]
}

export interface BundleName {
  readonly file: string
  /** Of the whole file, small hexadecimal digits. */
  readonly sha256: string
}

export interface Section {
  readonly title: string
  readonly blocks: readonly Block[]
}

export type Block =
  | { readonly kind: 'text'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'pairs'; readonly pairs: readonly (readonly [string, string])[] }
  | { readonly kind: 'command'; readonly lines: readonly string[] }
  | TableBlock
  | { readonly kind: 'plot'; readonly plot: TimePlot }
  | { readonly kind: 'heat'; readonly heat: HeatMap }
  | { readonly kind: 'strips'; readonly strips: Strips }

export interface TableBlock {
  readonly kind: 'table'
  readonly caption: string
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
}

export interface Column {
  readonly title: string
  /** Share of the width, relative to the other columns. */
  readonly share: number
}

export interface Cell {
  readonly text: string
  /** Shown as a word of judgement. */
  readonly tone?: Tone
  /** Smaller, below. */
  readonly below?: string
}

/** Cells of plain text. */
export function cells(...texts: readonly (string | Cell)[]): readonly Cell[] {
  return texts.map((one) => (typeof one === 'string' ? { text: one } : one))
}

/** Verdicts as a person reads them; the same word in every report. */
export const VERDICT_WORDS: { readonly [V in Verdict]: string } = {
  pass: 'PASS',
  fail: 'FAIL',
  inconclusive: 'CANNOT SAY',
  'not-tested': 'NOT TESTED',
}

/** Colours of the answers that a time or a campaign comes to. */
export const ANSWER_TONES: { readonly [A in Answer]: Verdict } = {
  MET: 'pass',
  'NOT MET': 'fail',
  'CANNOT BE DETERMINED': 'inconclusive',
}

export function verdictCell(verdict: Verdict, below?: string): Cell {
  const shown = below === undefined || below === '' ? {} : { below }
  return { text: VERDICT_WORDS[verdict], tone: verdict, ...shown }
}
