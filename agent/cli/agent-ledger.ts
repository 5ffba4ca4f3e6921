import type { Command } from 'commander'
import type { LedgerOptions } from '../ledger/show.ts'

const EXAMPLES = `
The agent holds the collector to its log: it keeps the newest checkpoint that was shown to continue
the last one. Two that do not go together are kept as proof. Exit 0: nothing is held against the
log; 1: something is; 2: nothing was kept yet.

Example:
  voip-ready agent ledger --state /var/lib/voip-ready-agent --export ledger.json`

/** Adds `agent ledger`. */
export function addAgentLedgerCommand(agent: Command): void {
  agent
    .command('ledger')
    .description("what the agent keeps of the collector's log, and holds against it")
    .requiredOption('--state <dir>', 'where identity and key are kept')
    .option('--export <file>', 'write checkpoint and proofs to a file')
    .option('--settle', 'take the log as it is from now on; proofs stay')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const { showLedger } = await import('../ledger/show.ts')
      const options = command.optsWithGlobals<LedgerOptions>()
      process.exitCode = showLedger(options, (text) => process.stdout.write(text))
    })
}
