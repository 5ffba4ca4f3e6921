import type { Command } from 'commander'
import type { CompareOptions } from '../verify/compare.ts'

const EXAMPLES = `
Both are verified first, under the same keys. Of one site they are compared quarter hour by quarter
hour; of two sites, whether both were shown one log. Exit 0: the same; 1: they differ; 2: whether it
is one log cannot be said (see --tiles); 5: one is invalid, or the log was forked.

Example:
  voip-ready compare ours.bundle theirs.bundle --agent-key agent.vkey --log-key log.vkey`

export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('hold two bundles against each other, and the log that both were shown')
    .argument('<a>', 'a bundle')
    .argument('<b>', 'another bundle of the same log')
    .option('--agent-key <key...>', "keys of the site's agents", [])
    .option('--reflector-key <key...>', 'keys of the reflectors', [])
    .option('--log-key <key...>', "keys of the collector's log", [])
    .option('--witness-key <key...>', 'keys of witnesses', [])
    .option('--tiles <folder>', 'a copy of the whole log, to lead from one head to the other')
    .addHelpText('after', EXAMPLES)
    .action(async (a: string, b: string, _options, command: Command) => {
      const { runCompare } = await import('../verify/compare.ts')
      const options = command.optsWithGlobals<CompareOptions>()
      process.exitCode = await runCompare([a, b], options, (text) => process.stdout.write(text))
    })
}
