import { type Command, InvalidArgumentError } from 'commander'
import { FORMATS, type Format } from '../../shared/report/format.ts'
import type { CampaignReportOptions } from '../report/campaign.ts'
import type { EligibilityReportOptions } from '../report/eligibility.ts'
import type { MonthOptions } from '../report/month.ts'
import type { ReportOptions } from '../report/run.ts'
import { TRUST_OPTION } from './arguments.ts'
import { referenceOption } from './eligibility.ts'
import { withKeyOptions } from './verify.ts'

const EXAMPLES = `
A report is a rendering; the bundle is the evidence. Exit: 0 the standards are met, 1 they are not,
2 cannot say or nothing is proven (no keys), 3 usage, 4 a file or collector, 5 evidence invalid.
`
const READINESS = `${EXAMPLES}
Example:
  voip-ready report readiness --bundle leeds.bundle --agent-key agent.vkey --log-key log.vkey \\
    --reflector-key dc1.vkey --out leeds-readiness --format html,pdf`
const MONTHLY = `${EXAMPLES}
Cases are a CSV file: case,from,to on each line, with times like 2026-10-05T09:10Z.

Example, on the first day of a month:
  voip-ready report monthly --site leeds --month 2026-10 --collector https://collector.example \\
    --token-file viewer.token --agent-key agent.vkey --log-key log.vkey --cases cases.csv`
const RECTIFICATION = `${EXAMPLES}
Example:
  voip-ready report rectification --before march.bundle --after may.bundle \\
    --agent-key agent.vkey --log-key log.vkey`
const ELIGIBILITY = `${EXAMPLES}
Example:
  voip-ready report eligibility --bundle leeds.bundle --outage-ref CASE-0002068200 \\
    --from 2026-03-02T09:10Z --to 2026-03-02T10:42Z --out case \\
    --agent-key agent.vkey --reflector-key dc1.vkey --log-key log.vkey

Of a document that was made before (voip-ready eligibility ... --json > case.json):
  voip-ready report eligibility --document case.json --out case`
const CAMPAIGN = `${EXAMPLES}
Example, where campaign certify says FOLLOWED:
  voip-ready report campaign --protocol leeds-campaign.yaml --bundle leeds.bundle \\
    --agent-key agent.vkey --reflector-key dc1.vkey --log-key log.vkey --out leeds-certificate`

export function addReportCommand(program: Command): void {
  const report = program
    .command('report')
    .description('make a report of a bundle: HTML, PDF or JSON')
    .addHelpText('after', READINESS)
  addReadiness(report)
  addMonthly(report)
  addRectification(report)
  addEligibility(report)
  addCampaign(report)
}

function addReadiness(report: Command): void {
  withKeyOptions(withFiles(report.command('readiness')))
    .description('is the network ready: a certificate where the evidence holds')
    .requiredOption('--bundle <file>', 'the evidence')
    .addHelpText('after', READINESS)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<ReportOptions & { readonly bundle: string }>()
      const { openFile, writeReport } = await import('../report/run.ts')
      const { readinessReport } = await import('../../shared/report/readiness.ts')
      const made = readinessReport(await openFile(options.bundle, options))
      process.exitCode = await writeReport(made, options, print)
    })
}

function addMonthly(report: Command): void {
  withKeyOptions(withFiles(report.command('monthly')))
    .description('a calendar month, clause by clause, beside the cases of the provider')
    .requiredOption('--month <month>', 'like 2026-10')
    .option('--bundle <file>', 'the evidence, where it is at hand')
    .option('--site <name>', 'else: the site,')
    .option('--collector <url>', 'the collector that makes the bundle,')
    .option('--token-file <file>', "and the file that holds a viewer's token")
    .option(...TRUST_OPTION)
    .option('--cases <file>', 'CSV of cases: case,from,to')
    .option('--zone <name>', 'whose calendar: IANA name, like Europe/London (default UTC)')
    .addHelpText('after', MONTHLY)
    .action(async (_options, command: Command) => {
      const { processOutput } = await import('./output.ts')
      const options = { ...command.optsWithGlobals<MonthOptions>(), output: processOutput() }
      const { makeMonthly } = await import('../report/month.ts')
      const { writeReport } = await import('../report/run.ts')
      process.exitCode = await writeReport(await makeMonthly(options), options, print)
    })
}

function addRectification(report: Command): void {
  withKeyOptions(withFiles(report.command('rectification')))
    .description('before and after a repair: from when on the standards are met again')
    .requiredOption('--before <file>', 'the bundle in which it failed')
    .requiredOption('--after <file>', 'the bundle since')
    .addHelpText('after', RECTIFICATION)
    .action(async (_options, command: Command) => {
      type Both = { readonly before: string; readonly after: string }
      const options = command.optsWithGlobals<ReportOptions & Both>()
      const { openFile, writeReport } = await import('../report/run.ts')
      const { rectificationReport } = await import('../../shared/report/rectification.ts')
      const before = await openFile(options.before, options)
      const made = rectificationReport(before, await openFile(options.after, options))
      process.exitCode = await writeReport(made, options, print)
    })
}

function addEligibility(report: Command): void {
  withKeyOptions(withFiles(report.command('eligibility')))
    .description(
      'did the network meet the contract when an outage began: the answers, line by line',
    )
    .option('--bundle <file>', 'the evidence')
    .option('--outage-ref <ref>', 'what both parties call the outage: a case number')
    .option('--from <time>', 'when the outage began, e.g. 2026-03-02T09:10Z')
    .option('--to <time>', 'when it ended')
    .option('--site <name>', "refuse a bundle that is not this site's")
    .addOption(referenceOption())
    .option('--csv <file>', 'write every quarter hour of every line as CSV')
    .option('--document <file>', 'instead of a bundle: JSON of voip-ready eligibility --json')
    .addHelpText('after', ELIGIBILITY)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<EligibilityReportOptions>()
      const { makeEligibility } = await import('../report/eligibility.ts')
      const { writeReport } = await import('../report/run.ts')
      process.exitCode = await writeReport(
        await makeEligibility(options, Date.now()),
        options,
        print,
      )
    })
}

function addCampaign(report: Command): void {
  withKeyOptions(withFiles(report.command('campaign')))
    .description('the certificate of a campaign: was the protocol followed, and what it says')
    .requiredOption('--protocol <file>', 'what both parties agreed on (config/examples has one)')
    .requiredOption('--bundle <file>', 'the evidence')
    .addHelpText('after', CAMPAIGN)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CampaignReportOptions>()
      const { makeCampaign } = await import('../report/campaign.ts')
      const { writeReport } = await import('../report/run.ts')
      process.exitCode = await writeReport(await makeCampaign(options), options, print)
    })
}

const print = (text: string) => void process.stdout.write(text)

function withFiles(command: Command): Command {
  return command
    .option('--out <name>', 'name of the files, without their ending', 'report')
    .option('--format <list>', 'html, pdf, json, or several', formats, ['html', 'pdf'])
}

function formats(text: string): readonly Format[] {
  const found = [...new Set(text.split(',').map((one) => one.trim()))]
  const known = found.flatMap((one) => FORMATS.filter((format) => format === one))
  if (known.length === found.length) return known
  throw new InvalidArgumentError('wanted html, pdf or json, with commas between.')
}
