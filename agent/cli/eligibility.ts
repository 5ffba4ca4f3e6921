import { type Command, Option } from 'commander'
import { REFERENCE_MS } from '../../shared/eligibility/scope.ts'
import type { EligibilityOptions } from '../eligibility/run.ts'
import { parseDurationWithin, TRUST_OPTION } from './arguments.ts'
import { withKeyOptions } from './verify.ts'

const EXAMPLES = `
The outage is given, not found; times carry their zone. Without --bundle the time from a week before
to a day after is fetched from --collector and kept. Without keys nothing is proven, and it says so.
Exit 0: every required line MET; 1: one NOT MET; 2: cannot be determined; 5: evidence invalid.

Example:
  voip-ready eligibility --site leeds --from 2026-03-02T09:10Z --to 2026-03-02T10:42Z \\
    --outage-ref CASE-0002068200 --bundle leeds.bundle \\
    --agent-key agent.vkey --reflector-key dc1.vkey --log-key log.vkey --csv leeds.csv`

export function addEligibilityCommand(program: Command): void {
  withKeyOptions(
    program
      .command('eligibility')
      .description('did the network meet the contract when an outage began? From evidence alone')
      .requiredOption('--site <name>', 'the site')
      .requiredOption('--from <time>', 'when the outage began, e.g. 2026-03-02T09:10Z')
      .requiredOption('--to <time>', 'when it ended')
      .requiredOption('--outage-ref <ref>', 'what both parties call it: a case number')
      .option('--bundle <file>', 'the evidence; left out: asked of the collector')
      .option('--collector <url>', 'the collector to fetch it from')
      .option('--token-file <file>', "file that holds a viewer's token")
      .option(...TRUST_OPTION)
      .option('--out <file>', 'where what is fetched is kept (default: SITE-REF.bundle)')
      .addOption(referenceOption())
      .option('--csv <file>', 'write every quarter hour of every line as CSV'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => {
      const { processOutput } = await import('./output.ts')
      const { runEligibility } = await import('../eligibility/run.ts')
      const given = command.optsWithGlobals<EligibilityOptions>()
      const options = { ...given, output: processOutput() }
      const write = (text: string) => process.stdout.write(text)
      process.exitCode = await runEligibility(options, write, Date.now())
    })
}

/** How much of the time before an outage decides; one hour unless said otherwise. */
export function referenceOption(): Option {
  return new Option('--reference <time>', 'how much before onset decides: 15m to 7d')
    .argParser(parseDurationWithin('15m', '7d'))
    .default(REFERENCE_MS, '1h')
}
