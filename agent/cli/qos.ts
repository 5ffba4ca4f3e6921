import { type Command, Option } from 'commander'
import type { QosOptions } from '../load/run-qos.ts'
import { parseCount, parseDurationWithin } from './arguments.ts'
import { addLoadOptions, LOAD_OF_THE_PLAN, parseShare } from './load-options.ts'
import { isRecorded } from './record-options.ts'

const HELP = `
Makes load: calls with the mark, as many without it, and best-effort packets that double from step
to step until best effort waits or is dropped, or --max-rate is reached. The load must be able to
exceed what the slowest link carries, or nothing can be said. Ctrl-C ends it at once.

Examples:
  voip-ready qos --site site.yaml
  voip-ready qos --site site.yaml --max-rate 50M --far-end primary --yes
  voip-ready qos --primary 10.1.0.10 --key leeds:SECRET --calls 2 --step 4s --json --yes
  voip-ready qos --record --state /var/lib/voip-ready-agent

With --record the agent that runs here makes the load, within its plan's consent, and signs it into
its records.`

const USUAL_RATE_KBIT = 10_000

export function addQosCommand(program: Command): void {
  const command = program
    .command('qos')
    .description('compare marked voice with unmarked under load: is there priority on the way?')
    .option('--calls <n>', 'calls with the mark, and as many without', parseCount(1, 100), 5)
    .addOption(
      new Option('--step <time>', 'how long both are compared at each load')
        .argParser(parseDurationWithin('2s', '60s'))
        .default(5000, '5s'),
    )
    .addOption(
      new Option('--abort-loss <share>', 'end when so much marked voice is missing for two seconds')
        .argParser(parseShare)
        .default(0.1, '10%'),
    )
  addLoadOptions(command, USUAL_RATE_KBIT)
    .addHelpText('after', HELP)
    .action(async (_options, self: Command) => {
      const recorded = isRecorded(self, LOAD_OF_THE_PLAN)
      const [{ processOutput }, { confirmOnTerminal }] = await Promise.all([
        import('./output.ts'),
        import('./confirm.ts'),
      ])
      const options = self.optsWithGlobals<QosOptions>()
      const confirm = confirmOnTerminal(options.yes === true, options.json === true)
      if (recorded) {
        const { recordLoad } = await import('../runs/recorded-load.ts')
        const ask = {
          kind: 'qos',
          calls: options.calls,
          seconds: Math.round(options.step / 1000),
        } as const
        process.exitCode = await recordLoad(ask, options, processOutput(), confirm)
        return
      }
      const { runQosCommand } = await import('../load/run-qos.ts')
      process.exitCode = await runQosCommand(options, processOutput(), confirm)
    })
}
