import { execFile, spawnSync } from 'node:child_process'
import { findProgram, PACKAGES } from '../support/packages.mjs'

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string
  /** Default 60 000. The command is killed after it. */
  readonly timeoutMs?: number
  readonly env?: Readonly<Record<string, string>>
  /** True: another exit code than 0 is an answer, not an error. */
  readonly mayFail?: boolean
}

/** Runs a program to its end. Throws with its own words when it fails, unless it may. */
export function runCommand(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const [program = '', ...args] = argv
  const settings = {
    timeout: options.timeoutMs ?? 60_000,
    maxBuffer: 64 << 20,
    killSignal: 'SIGKILL' as const,
    env: { ...process.env, ...options.env },
  }
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      const failed = error !== null && (code === -1 || options.mayFail !== true)
      if (failed) reject(new Error(`${argv.join(' ')}: ${stderr.trim() || error.message}`))
      else resolve({ code, stdout, stderr })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
  })
}

/** Gives `ip` many commands at once. Waits for the end; for set-up and for the last moment. */
export function ipBatch(commands: readonly string[], namespace?: string, force = false): void {
  if (commands.length === 0) return
  const where = namespace === undefined ? [] : ['-n', namespace]
  const argv = [...where, ...(force ? ['-force'] : []), '-batch', '-']
  const result = spawnSync('ip', argv, { input: `${commands.join('\n')}\n`, encoding: 'utf8' })
  if (result.status !== 0 && !force) {
    throw new Error(`ip ${argv.join(' ')}: ${result.stderr}\n${commands.join('\n')}`)
  }
}

/** The path of a program, or an error that names the Debian package to install. */
export function requireProgram(program: string): string {
  const path = findProgram(program)
  if (path !== undefined) return path
  const owner = PACKAGES.find(({ programs }) => programs.includes(program))
  const repair = owner === undefined ? 'install it' : `apt-get install ${owner.name}`
  throw new Error(`the program ${program} is not on this machine: ${repair}`)
}

/** Polls until `ready` answers something, at most `timeoutMs`; the error says what was awaited. */
export async function eventually<T>(
  what: string,
  ready: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 90_000,
): Promise<T> {
  const end = performance.now() + timeoutMs
  let last: unknown
  while (performance.now() < end) {
    try {
      const answer = await ready()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`${what}: not within ${timeoutMs} ms${last === undefined ? '' : ` (${last})`}`)
}
