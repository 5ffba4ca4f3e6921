import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { eventually } from './command.ts'
import { killQuietly } from './owner.ts'

/** A process inside a lab. Both its outputs go to one log file. */
export class Child {
  readonly pid: number
  readonly logFile: string
  /** Exit code, or -1 when a signal ended it. */
  readonly ended: Promise<number>
  readonly #process: ChildProcess
  readonly #title: string

  /** Starts `argv`; when this process dies, however, the kernel kills the child. */
  constructor(argv: readonly string[], logFile: string, env: Readonly<Record<string, string>>) {
    const log = openSync(logFile, 'a')
    this.#title = argv.join(' ')
    this.logFile = logFile
    this.#process = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    })
    closeSync(log)
    if (this.#process.pid === undefined) throw new Error(`could not start ${this.#title}`)
    this.pid = this.#process.pid
    this.ended = new Promise((resolve) => {
      this.#process.once('exit', (code) => resolve(code ?? -1))
    })
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  output(): string {
    return readFileSync(this.logFile, 'utf8')
  }

  /** Waits until the log holds `pattern`. Fails at once, with the log, when the process ends. */
  async until(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    const found = await eventually(
      `${this.#title}: no ${pattern} in its output`,
      () => pattern.exec(this.output()) ?? (this.running ? undefined : 'ended'),
      timeoutMs,
    )
    if (found !== 'ended') return found
    throw new Error(
      `${this.#title} ended before it wrote ${pattern}:\n${this.output().slice(-2000)}`,
    )
  }

  /** Asks with `signal`, and kills after a minute. Answers the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    if (this.running) killQuietly(this.pid, signal)
    const timer = setTimeout(() => this.kill(), 60_000)
    const code = await this.ended
    clearTimeout(timer)
    return code
  }

  kill(): void {
    if (this.running) killQuietly(this.pid)
  }
}
