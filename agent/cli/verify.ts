import { type Command, Option } from 'commander'
import type { VerifyOptions } from '../verify/run.ts'

const EXAMPLES = `
A key is a verifier key (name+id+base64) or a file with one on each line. Offline: nothing is sent.
Exit 0: verified; 1: verified, and not what --expect asks; 2: verified in part; 5: invalid.

Example:
  voip-ready verify leeds.bundle --agent-key agent.vkey --reflector-key dc1.vkey --log-key log.vkey`

/** The keys that whoever runs a command trusts: keys inside a bundle are trusted by nobody. */
export function withKeyOptions(command: Command): Command {
  return command
    .option('--agent-key <key...>', "keys of the site's agents", [])
    .option('--reflector-key <key...>', 'keys of the reflectors', [])
    .option('--log-key <key...>', "keys of the collector's log", [])
    .option('--witness-key <key...>', 'keys of witnesses', [])
    .option('--policy <file>', 'demand these cosignatures (a tlog-policy file; its keys count too)')
}

export function addVerifyCommand(program: Command): void {
  withKeyOptions(
    program
      .command('verify')
      .description('check a bundle offline: what is proven, what is missing, every verdict anew')
      .argument('<file>', 'the bundle'),
  )
    .addOption(
      new Option('--expect <word>', 'exit 1 unless every interval is READY').choices(['PASS']),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, _options, command: Command) => {
      const { runVerify } = await import('../verify/run.ts')
      const options = command.optsWithGlobals<VerifyOptions>()
      process.exitCode = await runVerify(file, options, (text) => process.stdout.write(text))
    })
}
