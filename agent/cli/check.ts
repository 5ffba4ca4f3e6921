import { type Command, Option } from 'commander'
import type { CheckOptions } from '../check/run-check.ts'
import { parseCount, parseDurationWithin, parseHostAndPort, parseIds } from './arguments.ts'
import { addRecordOptions, isRecorded } from './record-options.ts'

const EXAMPLES = `
Examples:
  voip-ready check --site site.yaml
  voip-ready check --site site.yaml --duration 5m --only VRN-3,VRN-4
  voip-ready check --site site.yaml --no-media
  voip-ready check --primary 10.1.0.10 --secondary 10.2.0.10:4001 --key leeds:SECRET
  voip-ready check --site site.yaml --json > result.json
  sudo -u voip-ready-agent voip-ready check --record --state /var/lib/voip-ready-agent

With --record the agent that runs here, enrolled at a collector, makes the check by its own plan,
and signs what it saw into its records, with who asked and when: a bundle then proves it to others.

The JSON document's schema is config/schemas/check-result.schema.json.`

/** With --record the agent's plan says these. */
const OF_THE_PLAN = [
  ...['site', 'primary', 'secondary', 'key', 'profile', 'codec', 'media', 'mediaOnly', 'engine'],
]

export function addCheckCommand(program: Command): void {
  const added = program
    .command('check')
    .description('look at every line of the profile, for both data centres, and judge it')
    .option('--site <file>', 'site file: profile, far ends, keys')
    .option('--primary <address>', 'primary data centre, ADDRESS[:PORT]', parseHostAndPort)
    .option('--secondary <address>', 'secondary data centre, ADDRESS[:PORT]', parseHostAndPort)
    .option('--key <id:secret>', 'access key of the reflectors named above')
    .option('--profile <id>', 'profile to judge by (default: that of the site, or pureconnect-rcm)')
    .addOption(
      new Option('--duration <time>', 'how long voice is measured: 10s, 5m')
        .argParser(parseDurationWithin('2s', '24h'))
        .default(60_000, '60s'),
    )
    .addOption(
      new Option('--codec <name>', 'voice codec (default: that of the profile)').choices([
        'g711',
        'g729',
      ]),
    )
    .option('--calls <n>', 'simultaneous calls to each far end', parseCount(1, 10_000), 1)
    .option('--only <ids>', 'look at these lines alone, with what they need: VRN-3,DNS-1', parseIds)
    .option('--no-media', 'leave out the voice streams: everything else, without their minute')
    .option('--media-only', 'voice streams alone: no ports, DNS, DHCP, links or paths')
    .option('--gentle', 'few packets a second, for a network in use: ports then take minutes')
    .addOption(engineOption())
    .option('--junit <file>', 'also write the findings as JUnit XML')
    .option('--nagios', 'print one line for Nagios, with its exit codes')
    .option('--all', 'list every line, those not tested too')
  addRecordOptions(added)
    .addHelpText('after', EXAMPLES)
    .action((_options, command: Command) => check(command))
}

async function check(command: Command): Promise<void> {
  const { processOutput } = await import('./output.ts')
  const options = command.optsWithGlobals<CheckOptions>()
  if (isRecorded(command, OF_THE_PLAN)) {
    const { recordCheck } = await import('../runs/recorded-check.ts')
    process.exitCode = await recordCheck(options, processOutput())
    return
  }
  const { runCheck } = await import('../check/run-check.ts')
  process.exitCode = await runCheck(options, processOutput())
}

export function engineOption(): Option {
  return new Option('--engine <name>', 'packet engine')
    .choices(['auto', 'linux', 'dgram'])
    .default('auto')
}
