import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { AgentOptions } from './agent.ts'
import { explain } from './explain.ts'

/** Set for the child that only reads the command line; see {@link runAgentCommand}. */
export const READ_ONLY = 'VOIP_READY_PRINT_OPTIONS'

/** True when the command line starts the agent (or asks it for help) and this is not the reader. */
export function wantsAgent(argv: readonly string[]): boolean {
  return (
    process.env[READ_ONLY] === undefined && wordsOf(argv)[0] === 'agent' && !wantsAgentPart(argv)
  )
}

const PARTS: readonly string[] = ['enrol', 'ledger', 'rows']

/** True for `agent enrol`, `rows` and `ledger`, which have none of the running agent's options. */
export function wantsAgentPart(argv: readonly string[]): boolean {
  const [first, second] = wordsOf(argv)
  return first === 'agent' && PARTS.includes(second ?? '')
}

function wordsOf(argv: readonly string[]): readonly string[] {
  return argv.filter((word) => !word.startsWith('-'))
}

/**
 * The agent runs for months, so its command line is read by a process of its own that ends at once:
 * the same parser, help and messages as any other command, and none of its memory (3 MB) kept.
 * Returns the exit code.
 */
export async function runAgentCommand(argv: readonly string[]): Promise<number> {
  try {
    const read = await readApart(argv)
    if (typeof read === 'number') return read
    const { runAgent } = await import('../run/run-agent.ts')
    return await runAgent(read)
  } catch (error) {
    return explain(error, argv)
  }
}

async function readApart(argv: readonly string[]): Promise<AgentOptions | number> {
  const program = fileURLToPath(new URL('../main.js', import.meta.url))
  const child = spawn(process.execPath, [program, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, [READ_ONLY]: '1' },
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (ended) => resolve(ended ?? 1))
  })
  if (code === 0 && out.startsWith('{')) return JSON.parse(out) as AgentOptions
  // Help, or a mistake that the child has explained already.
  process.stdout.write(out)
  return code
}
