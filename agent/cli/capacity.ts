import { type Command, InvalidArgumentError, Option } from 'commander'
import { LONGEST_STEP_SECONDS } from '../../shared/plan/step.ts'
import type { CapacityOptions, RampOption } from '../load/run-capacity.ts'
import { parseCount, parseDurationWithin } from './arguments.ts'
import { addLoadOptions, LOAD_OF_THE_PLAN, parseShare } from './load-options.ts'
import { isRecorded } from './record-options.ts'

const HELP = `
Makes load: G.711 takes 80 kbit/s a call each way as IP packets (87 with Ethernet), G.729 24 (31).
It ends by itself when delay, jitter or loss breaks on a leg; Ctrl-C ends it at once.

Examples:
  voip-ready capacity --site site.yaml --calls 120 --ramp 10/30s
  voip-ready capacity --site site.yaml --calls 40 --codec g729 --abort-loss 3% --yes
  voip-ready capacity --primary 10.1.0.10 --key leeds:SECRET --calls 20 --ramp 5/10s --json --yes
  voip-ready capacity --record --state /var/lib/voip-ready-agent --calls 40

With --record the agent that runs here makes the load, within its plan's consent, and signs it into
its records.`

const USUAL_RAMP: RampOption = { step: 10, stepMs: 10_000 }

export function addCapacityCommand(program: Command): void {
  const command = program
    .command('capacity')
    .description('offer a rising number of calls until the way breaks: how many does it hold?')
    .requiredOption('--calls <n>', 'most calls to offer to a far end', parseCount(1, 2000))
    .addOption(
      new Option('--ramp <calls/time>', 'calls to add, and how long a step lasts')
        .argParser(parseRamp)
        .default(USUAL_RAMP, '10/10s'),
    )
    .addOption(
      new Option('--abort-loss <share>', 'end at once when so much is missing for two seconds')
        .argParser(parseShare)
        .default(0.03, '3%'),
    )
  addLoadOptions(command, 200_000)
    .addHelpText('after', HELP)
    .action(async (_options, self: Command) => {
      const recorded = isRecorded(self, [...LOAD_OF_THE_PLAN, 'ramp'])
      const [{ processOutput }, { confirmOnTerminal }] = await Promise.all([
        import('./output.ts'),
        import('./confirm.ts'),
      ])
      const options = self.optsWithGlobals<CapacityOptions>()
      const confirm = confirmOnTerminal(options.yes === true, options.json === true)
      if (recorded) {
        const { recordLoad } = await import('../runs/recorded-load.ts')
        const ask = { kind: 'capacity', calls: options.calls } as const
        process.exitCode = await recordLoad(ask, options, processOutput(), confirm)
        return
      }
      const { runCapacityCommand } = await import('../load/run-capacity.ts')
      process.exitCode = await runCapacityCommand(options, processOutput(), confirm)
    })
}

const parseStepTime = parseDurationWithin('2s', `${LONGEST_STEP_SECONDS / 60}m`)

/** `10/30s` -> ten calls more every thirty seconds. */
function parseRamp(text: string): RampOption {
  const [calls = '', time = '', ...rest] = text.split('/')
  if (rest.length > 0 || time === '') {
    throw new InvalidArgumentError('wanted CALLS/TIME, such as 10/30s.')
  }
  return { step: parseCount(1, 2000)(calls), stepMs: parseStepTime(time) }
}
