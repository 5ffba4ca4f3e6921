#!/usr/bin/env node
import { showOnly } from '../shared/terminal-text.ts'
import { runAgentCommand, wantsAgent } from './cli/agent-apart.ts'
import { explain, wantsJson } from './cli/explain.ts'

/**
 * The program `voip-ready`. It knows all three roles and loads only the one that is asked for; it is
 * the only file of agent/ that may reach into server/, for the collector command.
 */
const argv = process.argv.slice(2)
endOnDefects()
outliveReaders()
for (const stream of [process.stdout, process.stderr]) showOnly(stream)
endWithParent()
process.exitCode = wantsAgent(argv) ? await runAgentCommand(argv) : await runOther()

async function runOther(): Promise<number> {
  const { runProgram } = await import('./cli/program.ts')
  return runProgram(argv, {
    collector: async (program) => {
      const { addCollectorCommands } = await import('../server/cli.ts')
      addCollectorCommands(program, async (judgement, profile, site, asked) => {
        const { printJudgement } = await import('./check/render.ts')
        return printJudgement(judgement, profile, site, asked)
      })
    },
  })
}

/**
 * What nobody foresaw is a defect of the program: Node would end it with 1, and a gate would read that
 * as a network that fails.
 */
function endOnDefects(): void {
  process.on('uncaughtException', (error) => {
    // It may never come again: where it was is said at once.
    if (!wantsJson(argv)) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exit(explain(error, argv))
  })
}

/**
 * `| head` closes the pipe before all is said, and a log collector may go away: nobody reads what
 * follows, and the exit code stays what was found.
 */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
}

/** A child of `demo` ends when its parent is gone, however that went: nothing is left behind. */
function endWithParent(): void {
  if (process.env.VOIP_READY_WITH_PARENT === undefined || process.channel === undefined) return
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
}
