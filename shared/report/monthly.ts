import { caseBlocks, type SupportCase } from './cases.ts'
import { type Digest, digestOf } from './digest.ts'
import { REPORT_FORMAT, type ReportDocument } from './document.ts'
import { headline, headSection } from './head.ts'
import { invalidReport } from './invalid.ts'
import { lookSections } from './looks.ts'
import { methodBlocks } from './method.ts'
import { clauseTable, coverageBlocks, heatMaps, outageBlocks } from './month.ts'
import { monthRunBlocks } from './month-runs.ts'
import { plotBlocks } from './plots.ts'
import { evidenceBlocks, type Opened, standingOf, verifyBlocks } from './standing.ts'
import { todoBlocks } from './todo.ts'
import { length, type Zone } from './zone.ts'

export interface MonthInput {
  /** `2026-10` */
  readonly month: string
  readonly fromMs: number
  readonly toMs: number
  readonly zone: Zone
  readonly cases: readonly SupportCase[] | null
}

/**
 * A calendar month of a site, clause by clause, to lie beside the provider's own report of cases. What
 * the bundle does not hold of the month is not judged, and says so.
 */
export function monthlyReport(opened: Opened, input: MonthInput): ReportDocument {
  const standing = standingOf(opened)
  const { evidence } = opened
  if (standing === 'invalid' || 'why' in evidence || evidence.parts === null) {
    return invalidReport('monthly', opened)
  }
  const { month, zone, cases } = input
  const digest = digestOf(evidence.parts, input)
  const head = headline(digest, standing)
  return {
    format: REPORT_FORMAT,
    kind: 'monthly',
    title: `Monthly report ${month}`,
    subtitle: `${digest.site}, ${month}, ${zone.name}`,
    headline: { ...head, says: [...missingOf(digest), ...head.says] },
    sections: [
      headSection(digest, opened, zone),
      { title: 'Clauses', blocks: [clauseTable(digest, zone)] },
      { title: 'Times when standards were not met', blocks: outageBlocks(digest, zone) },
      { title: 'Cases', blocks: caseBlocks(digest, cases, zone) },
      {
        title: 'Runs on demand',
        blocks: monthRunBlocks(evidence.parts.records, digest, zone),
      },
      ...lookSections(evidence.found.looks, zone),
      { title: 'Day by hour', blocks: heatMaps(digest, zone) },
      { title: 'The quarter hours', blocks: plotBlocks(digest) },
      { title: 'What was seen, and what was not', blocks: coverageBlocks(digest, zone) },
      { title: 'To do', blocks: todoBlocks(digest, zone) },
      { title: 'Method and limits', blocks: methodBlocks(digest, zone) },
      { title: 'Evidence', blocks: evidenceBlocks(opened) },
      { title: 'How to verify this', blocks: verifyBlocks(opened, standing) },
    ],
    bundles: [opened],
    dateMs: digest.toMs,
  }
}

function missingOf({ quarters }: Digest): string[] {
  const outside = quarters.filter(({ inBundle }) => !inBundle)
  if (outside.length === 0) return []
  const ms = outside.reduce((sum, { from, to }) => sum + to - from, 0)
  return [
    `THE BUNDLE DOES NOT HOLD THE WHOLE MONTH: ${length(ms)} of it are not in it and were not judged.`,
  ]
}
