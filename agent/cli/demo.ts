import type { Command } from 'commander'
import type { DemoOptions } from '../demo/run-demo.ts'
import { parseCount } from './arguments.ts'

const EXAMPLES = `
Examples:
  voip-ready demo
  voip-ready demo --seconds 90 --data ./demo-data

Starts a collector, two reflectors and an agent on this machine, with real packets over loopback.
Needs no root. Ctrl-C stops everything.`

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('everything on this machine at once: a first look without any set-up')
    .option(
      '--data <dir>',
      'keep the data of the collector here (default: a directory that goes at the end)',
    )
    .option(
      '--port <n>',
      'port of the collector; a free one if it is taken',
      parseCount(1, 65_535),
      8460,
    )
    .option('--seconds <n>', 'stop by itself after this time', parseCount(1, 86_400))
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => {
      const { runDemo } = await import('../demo/run-demo.ts')
      const { processOutput } = await import('./output.ts')
      process.exitCode = await runDemo(command.optsWithGlobals<DemoOptions>(), processOutput())
    })
}
