import type { Command } from 'commander'
import type { VerifyOptions } from '../verify/run.ts'

const EXAMPLES = `
Both are verified first, under the same keys. Exit 0: they say the same; 1: they differ; 5: one is
invalid.

Example:
  voip-ready compare ours.bundle theirs.bundle --agent-key agent.vkey --log-key log.vkey`

export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('hold two bundles against each other, quarter hour by quarter hour')
    .argument('<a>', 'a bundle')
    .argument('<b>', 'another bundle of the same site')
    .option('--agent-key <key...>', "keys of the site's agents", [])
    .option('--reflector-key <key...>', 'keys of the reflectors', [])
    .option('--log-key <key...>', "keys of the collector's log", [])
    .option('--witness-key <key...>', 'keys of witnesses', [])
    .addHelpText('after', EXAMPLES)
    .action(async (a: string, b: string, _options, command: Command) => {
      const { runCompare } = await import('../verify/compare.ts')
      const options = command.optsWithGlobals<VerifyOptions>()
      process.exitCode = await runCompare([a, b], options, (text) => process.stdout.write(text))
    })
}
