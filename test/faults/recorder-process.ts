import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Victim } from './kill-at-random.ts'

/** What the process that plays the agent is started with; see run-recorder.mjs. */
export interface RecorderPlan {
  readonly spool: string
  readonly collector: string
  readonly tokenFile: string
  readonly everyMs: number
  readonly maxBytes?: number
  /** Windows of a minute, one each step from an instant of the past on, as fast as they can be kept. */
  readonly simulated?: {
    readonly fromMs: number
    readonly stepMs: number
    readonly records: number
  }
}

/** A record that the spool promised to keep. */
export interface Kept {
  readonly boot: string
  readonly sequence: number
  readonly sha256: string
}

interface Said {
  readonly started?: number
  readonly kept?: Kept
  readonly made?: number
  readonly refused?: number
}

export const RECORDER = fileURLToPath(new URL('run-recorder.mjs', import.meta.url))

/** Reads the lines that run-recorder.mjs prints; a line cut short by a kill promised nothing. */
export function parseSaid(text: string): readonly Said[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Said]
    } catch {
      return []
    }
  })
}

/** One life of the agent's recording half. */
export class RecorderProcess implements Victim {
  readonly ended: Promise<number | null>
  /** Resolves when it records and hears signals; never, if it dies before. */
  readonly started: Promise<void>
  /** Everything it wrote to its log. */
  log = ''
  totals: { readonly made: number; readonly refused: number } | undefined
  readonly #child: ChildProcess

  /** @param kept grows by every record that the spool has kept */
  constructor(plan: RecorderPlan, kept: Kept[]) {
    const child = spawn(process.execPath, [RECORDER, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // Waited for: what still writes into a folder of the test would hinder its removal.
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await this.ended
    })
    this.#child = child
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      this.log += part
    })
    let begun = () => {}
    this.started = new Promise((resolve) => {
      begun = resolve
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      for (const { started, kept: one, made, refused } of parseSaid(line)) {
        if (started !== undefined) begun()
        if (one !== undefined) kept.push(one)
        if (made !== undefined) this.totals = { made, refused: refused ?? 0 }
      }
    })
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)))
  }

  kill(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.#child.kill(signal)
  }

  /** Makes no more windows, delivers what waits, and ends. */
  async finish(): Promise<{ readonly made: number; readonly refused: number }> {
    await Promise.race([this.started, this.ended])
    this.kill('SIGTERM')
    const code = await this.ended
    if (code !== 0 || this.totals === undefined) throw new Error(`ended with ${code}: ${this.log}`)
    return this.totals
  }
}
