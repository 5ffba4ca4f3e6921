import { Fault } from '../../shared/errors.ts'
import type { ReportDocument } from '../../shared/report/document.ts'
import { monthSpan } from '../../shared/report/month.ts'
import { monthlyReport } from '../../shared/report/monthly.ts'
import { accessOf, type CollectorAccess, fetchBundle } from '../bundle/fetch.ts'
import { readCases } from './cases.ts'
import { openFile, type ReportOptions, zoneGiven } from './run.ts'

export interface MonthOptions extends ReportOptions, CollectorAccess {
  readonly month: string
  readonly bundle?: string
  readonly site?: string
  readonly collector?: string
  readonly cases?: string
}

/** The report of a month, of a bundle at hand or of one that the collector makes. @throws Fault */
export async function makeMonthly(options: MonthOptions): Promise<ReportDocument> {
  const zone = zoneGiven(options.zone)
  const time = monthSpan(options.month, zone)
  if (time === null) throw new Fault('USAGE', '--month', 'a month like 2026-10', options.month)
  const cases = options.cases === undefined ? null : readCases(options.cases)
  const file = options.bundle ?? (await fetched(options, time))
  const opened = await openFile(file, options)
  return monthlyReport(opened, { month: options.month, ...time, zone, cases })
}

/** Beside the report: it is the evidence, and the report is nothing without it. */
async function fetched(
  options: MonthOptions,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<string> {
  const { site, collector, out } = options
  if (site === undefined || collector === undefined) {
    const found = site === undefined ? 'no --site' : 'no --collector'
    throw new Fault('USAGE', 'report monthly', '--bundle, or --site and --collector', found)
  }
  const file = `${out}.bundle`
  await fetchBundle({
    ...{ site, collector, out: file, from: new Date(fromMs).toISOString() },
    to: new Date(toMs).toISOString(),
    ...accessOf(options),
  })
  return file
}
