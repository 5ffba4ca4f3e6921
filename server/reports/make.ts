import { REFERENCE_MS } from '../../shared/eligibility/scope.ts'
import { parseVkey, type Vkey } from '../../shared/evidence/vkey.ts'
import { determine } from '../../shared/opening/determine.ts'
import { openForReport } from '../../shared/opening/opened.ts'
import { nodeTools } from '../../shared/opening/tools.ts'
import { byCollector } from '../../shared/report/by-collector.ts'
import type { ReportDocument } from '../../shared/report/document.ts'
import { eligibilityReport } from '../../shared/report/eligibility.ts'
import { invalidReport } from '../../shared/report/invalid.ts'
import { monthlyReport } from '../../shared/report/monthly.ts'
import { renderReport } from '../../shared/report/pdf/render.ts'
import { readinessReport } from '../../shared/report/readiness.ts'
import { rectificationReport } from '../../shared/report/rectification.ts'
import { type Opened, standingOf } from '../../shared/report/standing.ts'
import { UTC, zoneOf } from '../../shared/report/zone.ts'
import type { CutBundle, ReportJob } from './job.ts'

/**
 * The octets of a report: its bundles are verified as anybody verifies them, and drawn. The same job
 * gives the same octets. @throws Fault USAGE where the bundle does not hold what is asked
 */
export async function makeReport(
  job: Pick<ReportJob, 'ask' | 'format' | 'paths' | 'keys' | 'by'>,
  bundles: readonly CutBundle[],
): Promise<Uint8Array> {
  const { ask, keys } = job
  const trusted = { agent: keysOf(keys.agent), reflector: [], log: keysOf(keys.log), witness: [] }
  const opened: Opened[] = []
  // Who wrote the plan takes his own word of the reflectors' keys, and says that he does.
  const trust = { keys: trusted, byPlan: true }
  for (const bundle of bundles) opened.push(await openForReport(bundle, trust))
  const zone = ask.kind === 'monthly' ? zoneOf(ask.zone) : UTC
  const report = byCollector(documentOf(job, opened), opened, job.paths)
  return renderReport(report, job.format, zone)
}

function documentOf(
  { ask, by }: Pick<ReportJob, 'ask' | 'by'>,
  opened: readonly Opened[],
): ReportDocument {
  const [first, second] = opened
  if (first === undefined) throw new TypeError('a report is made of a bundle')
  switch (ask.kind) {
    case 'readiness':
      return readinessReport(first)
    case 'monthly':
      return monthlyReport(first, { ...ask, zone: zoneOf(ask.zone), cases: null })
    case 'rectification':
      return rectificationReport(first, second ?? first)
    case 'eligibility': {
      const { evidence, sha256, keys, file } = first
      if ('why' in evidence || standingOf(first) === 'invalid') {
        return invalidReport('eligibility', first)
      }
      const { version } = by
      const asked = { outage: ask.outage, reference: REFERENCE_MS, file, version }
      return eligibilityReport(determine(asked, { ...evidence, sha256, keys }).document)
    }
    default:
      return ask satisfies never
  }
}

function keysOf(written: readonly string[]): Vkey[] {
  return written.flatMap((one) => {
    const key = parseVkey(nodeTools, one)
    return key.ok ? [key.value] : []
  })
}
