import { readFileSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import type { ReportDocument } from '../../shared/report/document.ts'
import { eligibilityReport } from '../../shared/report/eligibility.ts'
import { parseEligibility } from '../../shared/report/eligibility-input.ts'
import { invalidReport } from '../../shared/report/invalid.ts'
import { standingOf } from '../../shared/report/standing.ts'
import { determineFile, type EligibilityAsk, outageOf } from '../eligibility/run.ts'
import { openFile, type ReportOptions } from './run.ts'

export interface EligibilityReportOptions
  extends ReportOptions,
    Pick<EligibilityAsk, 'site' | 'reference' | 'csv'> {
  /** A document that was made before; else what it is made of: */
  readonly document?: string
  readonly bundle?: string
  readonly outageRef?: string
  readonly from?: string
  readonly to?: string
}

/**
 * The report of a document of eligibility: made here from a bundle that is verified, or read from a
 * file. @throws Fault USAGE, CONFIG_READ or CONFIG_VALUE; as verifying does
 */
export async function makeEligibility(
  options: EligibilityReportOptions,
  nowMs: number,
): Promise<ReportDocument> {
  const { document, bundle } = options
  if ((document === undefined) === (bundle === undefined)) {
    const found = document === undefined ? 'neither' : 'both'
    throw new Fault('USAGE', 'report eligibility', 'either --bundle or --document', found)
  }
  if (document !== undefined) return ofDocument(document)
  return await ofBundle(options, bundle ?? '', nowMs)
}

async function ofBundle(
  options: EligibilityReportOptions,
  file: string,
  nowMs: number,
): Promise<ReportDocument> {
  const named = {
    outageRef: wanted('--outage-ref', options.outageRef),
    from: wanted('--from', options.from),
    to: wanted('--to', options.to),
  }
  const outage = outageOf(named, nowMs)
  const opened = await openFile(file, options)
  const { evidence, sha256, keys } = opened
  if ('why' in evidence || standingOf(opened) === 'invalid') {
    return invalidReport('eligibility', opened)
  }
  const verified = { ...evidence, sha256, keys }
  return eligibilityReport(
    determineFile({ ...options, ...named }, outage, { file, nowMs }, verified),
  )
}

function wanted(option: string, given: string | undefined): string {
  if (given !== undefined) return given
  const repair = 'name the outage as both parties do, and when it began and ended'
  throw new Fault('USAGE', option, 'a value, beside --bundle', 'none', repair)
}

function ofDocument(file: string): ReportDocument {
  const parsed = parseEligibility(readJson(file))
  if (parsed.ok) return eligibilityReport(parsed.value)
  throw new Fault('CONFIG_VALUE', file, 'a document of voip-ready eligibility', parsed.error)
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    throw new Fault('CONFIG_READ', file, 'a file of JSON', why)
  }
}
