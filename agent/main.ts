#!/usr/bin/env node
import { runProgram } from './cli/program.ts'

/**
 * The program `voip-ready`. It knows all three roles and loads only the one that is asked for; it is
 * the only file of agent/ that may reach into server/, for the collector command.
 */
endWithParent()
process.exitCode = await runProgram(process.argv.slice(2), {
  collector: async (program) => {
    const { addCollectorCommands } = await import('../server/cli.ts')
    addCollectorCommands(program)
  },
})

/** A child of `demo` ends when its parent is gone, however that went: nothing is left behind. */
function endWithParent(): void {
  if (process.env.VOIP_READY_WITH_PARENT === undefined || process.channel === undefined) return
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
}
