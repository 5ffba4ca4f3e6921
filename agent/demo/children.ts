import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url))
const GRACE_MS = 8_000

/** The program's own commands as child processes that never outlive this one. */
export class Children {
  readonly #folder: string
  readonly #running = new Map<string, ChildProcess>()
  #stopping = false
  /** Told when a child ends that should have gone on. */
  onUnexpectedEnd: (name: string, said: string) => void = () => undefined

  /** @param folder where each child's messages go, one file each */
  constructor(folder: string) {
    this.#folder = folder
    makeFolder(folder, 0o777)
  }

  /** Starts a command that goes on until it is stopped. */
  start(name: string, args: readonly string[]): void {
    const log = openSync(this.logOf(name), 'a')
    // The pipe for messages tells the child when this process is gone, even by kill -9.
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, VOIP_READY_WITH_PARENT: '1' },
    })
    closeSync(log)
    this.#running.set(name, child)
    child.on('exit', () => {
      this.#running.delete(name)
      if (!this.#stopping) this.onUnexpectedEnd(name, this.said(name))
    })
    child.on('error', () => this.#running.delete(name))
  }

  isRunning(name: string): boolean {
    return this.#running.has(name)
  }

  logOf(name: string): string {
    return join(this.#folder, `${name}.log`)
  }

  /** Everything that a child has said so far. */
  said(name: string): string {
    try {
      return readFileSync(this.logOf(name), 'utf8')
    } catch {
      return ''
    }
  }

  /** Stops all: asks first, and after a while no longer asks. */
  async stopAll(): Promise<void> {
    this.#stopping = true
    const ends = [...this.#running.values()].map(
      (child) => new Promise<void>((resolve) => child.once('exit', () => resolve())),
    )
    for (const child of this.#running.values()) child.kill('SIGTERM')
    const force = setTimeout(() => this.killAll(), GRACE_MS)
    await Promise.all(ends)
    clearTimeout(force)
  }

  /** For the very end of this process, when nothing can be waited for any more. */
  killAll(): void {
    for (const child of this.#running.values()) child.kill('SIGKILL')
  }
}

/**
 * Runs a command to its end and returns what it printed.
 * @param onStart is handed the child, so that it can be stopped
 * @throws Fault ENGINE when it could not be started or ended with a code not in `exits`
 */
export async function runToEnd(
  args: readonly string[],
  exits: readonly number[],
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  onStart(child)
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    err += part
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== null && exits.includes(code)) return out
  const wanted = `exit ${exits.join(' or ')}`
  throw new Fault(
    'ENGINE',
    `voip-ready ${args.slice(0, 3).join(' ')}`,
    wanted,
    `${code}: ${err.trim()}`,
  )
}
