import type { Command } from 'commander'
import type { PathOptions } from '../path/run-path.ts'
import { parseCount, parseHostAndPort } from './arguments.ts'
import { engineOption } from './check.ts'

const HELP = `
Every hop hears one probe a second at most, so --count N takes about N + 2 seconds a far end.
Marks per hop need CAP_NET_RAW; without it the hops are shown, and their marks are not.

Examples:
  voip-ready path --site site.yaml
  voip-ready path --site site.yaml --count 30 --spread 4
  voip-ready path --primary 10.1.0.10 --key leeds:SECRET --json`

export function addPathCommand(program: Command): void {
  program
    .command('path')
    .description('trace the way to both data centres: hops, marks, owners, MTU; SIP gateways, NAT')
    .option('--site <file>', 'site file: far ends, keys, owners of address ranges')
    .option('--primary <address>', 'primary data centre, ADDRESS[:PORT]', parseHostAndPort)
    .option('--secondary <address>', 'secondary data centre, ADDRESS[:PORT]', parseHostAndPort)
    .option('--key <id:secret>', 'access key of the reflectors named above')
    .option('--profile <id>', 'profile that names the mark (default: that of the site)')
    .option('--count <n>', 'probes per hop', parseCount(1, 600), 5)
    .option('--spread <n>', 'also try this many other source ports', parseCount(0, 16), 0)
    .option('--no-sip', 'leave out what becomes of SIP on the way')
    .option('--idle', 'also see whether UDP flows stay open when idle for 15, 30 and 60 s')
    .addOption(engineOption())
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => {
      const { runPath } = await import('../path/run-path.ts')
      const { processOutput } = await import('./output.ts')
      process.exitCode = await runPath(command.optsWithGlobals<PathOptions>(), processOutput())
    })
}
