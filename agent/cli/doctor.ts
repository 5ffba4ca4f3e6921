import type { Command } from 'commander'
import type { DoctorOptions } from '../doctor/run-doctor.ts'
import { engineOption } from './check.ts'

const EXAMPLES = `
Examples:
  voip-ready doctor
  voip-ready doctor --site site.yaml

Exit 0: all well; 2: something is degraded, with the clauses that it costs; 4: cannot measure here.`

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('what this host can measure, what it cannot, and which clauses that costs')
    .option('--site <file>', 'also look at the way to the far ends of this site')
    .addOption(engineOption())
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => {
      const { runDoctor } = await import('../doctor/run-doctor.ts')
      const { processOutput } = await import('./output.ts')
      process.exitCode = await runDoctor(command.optsWithGlobals<DoctorOptions>(), processOutput())
    })
}
