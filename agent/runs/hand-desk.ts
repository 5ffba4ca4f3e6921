import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { INTERVAL_MS } from '../../shared/clock.ts'
import { removeDurably, UNFINISHED, writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { lockDirectory } from '../../shared/disk/lock.ts'
import type { Log } from '../log.ts'
import { sleep } from '../sleep.ts'
import { HAND_FOLDER, type HandEnd, handFile, handFileOf } from './hand-files.ts'
import { readOrder } from './hand-order.ts'
import { HandTeller } from './hand-teller.ts'
import type { RunTaker } from './run-taker.ts'

export interface HandDeskParts {
  /** Folder of the agent's state. */
  readonly state: string
  readonly runs: Pick<RunTaker, 'idle' | 'take' | 'cancel'>
  /** By which site file runs are done now; null: by none yet. */
  readonly siteFile: () => string | null
  readonly log: Log
  readonly nowMs: () => number
}

const LOOK_EVERY_MS = 1000
/** What nobody came for goes after this. */
const KEPT_MS = 4 * INTERVAL_MS
const SAYS = { wanted: 'one agent for this state', repair: 'stop the other agent' }

/**
 * Takes the runs that people at this machine ask for, as the collector's are taken: one at a time, by
 * the plan's consent, measured and signed by the agent itself. An order is removed before its run
 * begins, so that none is ever begun twice, whenever the agent dies.
 */
export class HandDesk {
  readonly #parts: HandDeskParts
  readonly #folder: string
  #complained = ''

  constructor(parts: HandDeskParts) {
    this.#parts = parts
    this.#folder = join(parts.state, HAND_FOLDER)
  }

  /** Until told to stop. Where the folder cannot be had it says so; measuring goes on. */
  async run(stop: AbortSignal): Promise<void> {
    const giveBack = this.#open()
    if (giveBack === null) return
    try {
      while (!stop.aborted) {
        this.look()
        await sleep(LOOK_EVERY_MS, stop)
      }
    } finally {
      giveBack()
    }
  }

  /** One look at what was asked for. */
  look(): void {
    try {
      this.#sweep()
      const files = this.#names().flatMap((name) => handFileOf(name) ?? [])
      for (const { id, kind } of files) if (kind === 'stop') this.#parts.runs.cancel(id)
      const orders = files.filter(({ kind }) => kind === 'order').map(({ id }) => id)
      const [next] = orders.sort((a, b) => this.#ageOf(b) - this.#ageOf(a))
      if (next !== undefined && this.#parts.runs.idle) this.#begin(next)
      this.#complained = ''
    } catch (error) {
      this.#complain(error)
    }
  }

  #begin(id: string): void {
    const { runs, siteFile, log, nowMs } = this.#parts
    const order = readOrder(this.#folder, id, nowMs())
    removeDurably(this.#folder, handFile(id, 'order'))
    if (order.ok) {
      const teller = new HandTeller({ folder: this.#folder, id, siteFile, log, nowMs })
      const { entered, ask } = order.value
      if (runs.take({ id, ask }, { entered, teller })) return
    }
    const why = order.ok ? 'the agent is stopping' : `the order is not taken: ${order.error}`
    log.warn('a run that was asked for here is not begun', { run: id, why })
    const end: HandEnd = { outcome: 'refused', why, shown: null, siteFile: null, kept: null }
    writeDurably(this.#folder, handFile(id, 'end'), JSON.stringify(end))
  }

  #open(): (() => void) | null {
    try {
      makeFolder(this.#folder)
      const giveBack = lockDirectory(this.#folder, SAYS)
      // Of an earlier life: nobody is told anything more of those runs.
      for (const name of this.#names()) {
        const { kind = '' } = handFileOf(name) ?? {}
        if (kind === 'news' || kind === 'stop') removeDurably(this.#folder, name)
      }
      return giveBack
    } catch (error) {
      this.#complain(error)
      return null
    }
  }

  /** Files alone: a folder or a link under such a name was not put there by our command. */
  #names(): string[] {
    const all = readdirSync(this.#folder, { withFileTypes: true })
    return all.filter((one) => one.isFile()).map(({ name }) => name)
  }

  #sweep(): void {
    for (const name of this.#names()) {
      const ours = name.startsWith(UNFINISHED) || handFileOf(name) !== null
      if (ours && this.#ageOfFile(name) > KEPT_MS) removeDurably(this.#folder, name)
    }
  }

  #ageOf(id: string): number {
    return this.#ageOfFile(handFile(id, 'order'))
  }

  /** Milliseconds since it was written; 0 where it is gone. */
  #ageOfFile(name: string): number {
    const { mtimeMs } = statSync(join(this.#folder, name), { throwIfNoEntry: false }) ?? {}
    return mtimeMs === undefined ? 0 : this.#parts.nowMs() - mtimeMs
  }

  #complain(error: unknown): void {
    const why = (error as Error).message
    if (why === this.#complained) return
    this.#complained = why
    this.#parts.log.warn('runs cannot be asked for at this machine (check --record)', { why })
  }
}
