import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { killQuietly } from '../owner.ts'
import { Truth } from '../truth.ts'
import type { Counters } from './forwarder.ts'
import { type Impairment, refuseImpairments } from './impairment.ts'
import type { Answer, Command, RouterOptions } from './protocol.ts'

/** Beside this file: TypeScript in the source tree, translated on the way; JavaScript when built. */
const BUILT = import.meta.url.endsWith('.js')
const PROGRAM = fileURLToPath(new URL(BUILT ? 'main.js' : 'main.ts', import.meta.url))
const LOADER = new URL('../../support/typescript.mjs', import.meta.url).href
const TRANSLATE = BUILT ? [] : ['--import', LOADER]

/** The impairment router of one link, seen from the test. */
export class Router {
  readonly pid: number
  /** Where the truth log is written. */
  readonly logFile: string
  #scheduling: 'fifo' | 'none' = 'none'
  readonly #seed: number
  readonly #process: ChildProcess
  readonly #errors: string
  readonly #waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = []
  readonly #exit: Promise<void>
  #over = false

  private constructor(options: RouterOptions) {
    this.logFile = options.log
    this.#seed = options.seed
    this.#errors = `${options.log}.stderr.log`
    const errors = openSync(this.#errors, 'a')
    const node = [process.execPath, '--single-threaded-gc', ...TRANSLATE, PROGRAM]
    this.#process = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', ...node, JSON.stringify(options)],
      { stdio: ['pipe', 'pipe', errors] },
    )
    closeSync(errors)
    if (this.#process.pid === undefined) throw new Error('could not start the impairment router')
    this.pid = this.#process.pid
    this.#process.stdin!.on('error', () => {})
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      this.#waiting.shift()?.resolve(JSON.parse(line) as Answer)
    })
    this.#exit = new Promise((resolve) => this.#process.once('close', () => resolve()))
    void this.#exit.then(() => this.#bury())
  }

  /** Starts the process; its two devices exist, down and without addresses, when this resolves. */
  static async start(options: RouterOptions): Promise<Router> {
    const refusal = refuseImpairments(options.rules)
    if (refusal !== undefined) throw new Error(refusal)
    const router = new Router(options)
    const answer = await router.#answer()
    router.#scheduling = answer.scheduling ?? 'none'
    return router
  }

  /** `fifo`: real-time priority was permitted. Without it delays are late by up to milliseconds. */
  get scheduling(): 'fifo' | 'none' {
    return this.#scheduling
  }

  get running(): boolean {
    return !this.#over
  }

  /**
   * Replaces all impairments for packets that arrive from now on; none: a clean link. The first
   * that matches a packet decides. What is held keeps its time, so less delay reorders, as when
   * a path changes. Random draws begin anew from `seed`. Answers when it took effect, as
   * milliseconds since 1970.
   */
  async impair(rules: readonly Impairment[], seed = this.#seed): Promise<number> {
    const refusal = refuseImpairments(rules)
    if (refusal !== undefined) throw new Error(refusal)
    const { atNs = 0, baseSeconds = 0 } = await this.#ask({ do: 'impair', rules, seed })
    return baseSeconds * 1000 + atNs / 1e6
  }

  async counters(): Promise<Counters> {
    return (await this.#ask({ do: 'counters' })).counters!
  }

  /** Begins the router's statistics of its own error anew, as after a warm-up. */
  async clearAccuracy(): Promise<void> {
    await this.#ask({ do: 'clear-accuracy' })
  }

  /** All fates sealed so far. What is still held is not in it. */
  async truth(): Promise<Truth> {
    if (this.running) await this.counters()
    return new Truth(await readFile(this.logFile))
  }

  /** Seals what is held and ends. */
  async stop(): Promise<void> {
    if (this.running) this.#process.stdin!.end(`${JSON.stringify({ do: 'stop' })}\n`)
    const timer = setTimeout(() => this.kill(), 60_000)
    await this.#exit
    clearTimeout(timer)
  }

  kill(): void {
    if (this.running) killQuietly(this.pid)
  }

  #ask(command: Command): Promise<Answer> {
    this.#process.stdin!.write(`${JSON.stringify(command)}\n`)
    return this.#answer()
  }

  #answer(): Promise<Answer> {
    if (this.#over) return Promise.reject(this.#ended())
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  #bury(): void {
    this.#over = true
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended())
  }

  #ended(): Error {
    return new Error(`the impairment router has ended: ${readFileSync(this.#errors, 'utf8')}`)
  }
}
