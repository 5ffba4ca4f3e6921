import { REPORT_FORMAT, type ReportDocument, type ReportKind } from './document.ts'
import {
  invalidHeadline,
  invalidReasons,
  type Opened,
  standingOf,
  verifyBlocks,
} from './standing.ts'

/** The only report of evidence that is invalid: that it is, and why. */
export function invalidReport(kind: ReportKind, ...all: readonly Opened[]): ReportDocument {
  const bad = all.filter((opened) => standingOf(opened) === 'invalid')
  const [first] = bad
  const found = first !== undefined && !('why' in first.evidence) ? first.evidence.found : null
  return {
    format: REPORT_FORMAT,
    kind,
    title: 'Report without evidence',
    subtitle: bad.map(({ file }) => file).join(', '),
    headline: invalidHeadline(),
    sections: [
      { title: 'Why', blocks: bad.flatMap(invalidReasons) },
      ...bad.map((opened) => ({
        title: `How to verify ${opened.file}`,
        blocks: verifyBlocks(opened, 'invalid'),
      })),
    ],
    bundles: all,
    dateMs: found?.to ?? 0,
  }
}
