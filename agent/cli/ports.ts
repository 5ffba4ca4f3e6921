import type { Command } from 'commander'
import type { PortsOptions } from '../ports/run-ports.ts'
import { parseHostAndPort, parseIds } from './arguments.ts'

const EXAMPLES = `
At the far end, at the addresses that the servers will have:
  voip-ready reflector run --respond pureconnect-rcm --respond-address 10.1.0.20

Examples:
  voip-ready ports --site site.yaml
  voip-ready ports --site site.yaml --only RCM-05,RCM-06
  voip-ready ports --site site.yaml --firewall-ticket leeds-ports`

export function addPortsCommand(program: Command): void {
  program
    .command('ports')
    .description('try every port of the tables, both ways, and write the firewall ticket')
    .option('--site <file>', 'site file: profile, far ends, keys')
    .option('--primary <address>', 'primary data centre, ADDRESS[:PORT]', parseHostAndPort)
    .option('--secondary <address>', 'secondary data centre, ADDRESS[:PORT]', parseHostAndPort)
    .option('--key <id:secret>', 'access key of the reflectors named above')
    .option('--profile <id>', 'profile to judge by (default: that of the site, or pureconnect-rcm)')
    .option('--only <ids>', 'try these rows alone: RCM-05,MON-SRV-01', parseIds)
    .option('--firewall-ticket <name>', 'write what is still to open to NAME.csv and NAME.txt')
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => {
      const { runPorts } = await import('../ports/run-ports.ts')
      const { processOutput } = await import('./output.ts')
      process.exitCode = await runPorts(command.optsWithGlobals<PortsOptions>(), processOutput())
    })
}
