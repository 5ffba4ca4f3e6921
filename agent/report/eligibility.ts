import { readFileSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import type { ReportDocument } from '../../shared/report/document.ts'
import { eligibilityReport } from '../../shared/report/eligibility.ts'
import { parseEligibility } from '../../shared/report/eligibility-input.ts'

/** The report of a document of eligibility in a file. @throws Fault CONFIG_READ or CONFIG_VALUE */
export function makeEligibility(file: string): ReportDocument {
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
