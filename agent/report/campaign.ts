import { evidenceOf } from '../../shared/eligibility/evidence.ts'
import { campaignReport } from '../../shared/report/campaign.ts'
import type { ReportDocument } from '../../shared/report/document.ts'
import { invalidReport } from '../../shared/report/invalid.ts'
import { standingOf } from '../../shared/report/standing.ts'
import { certifyFile, loadProtocol } from '../campaign/run.ts'
import { openFile, type ReportOptions } from './run.ts'

export interface CampaignReportOptions extends ReportOptions {
  readonly protocol: string
  readonly bundle: string
}

/**
 * The certificate of `campaign certify` as a report.
 * @throws Fault CONFIG_* with every problem of the protocol; USAGE for a bundle of another site; as
 *   verifying does
 */
export async function makeCampaign(options: CampaignReportOptions): Promise<ReportDocument> {
  const loaded = await loadProtocol(options.protocol)
  const opened = await openFile(options.bundle, options)
  if ('why' in opened.evidence || standingOf(opened) === 'invalid') {
    return invalidReport('campaign', opened)
  }
  const evidence = evidenceOf(opened.evidence, opened.keys)
  if (evidence === null) return invalidReport('campaign', opened)
  const found = certifyFile(options.bundle, evidence, loaded)
  return campaignReport({ found, protocol: loaded.protocol, opened })
}
