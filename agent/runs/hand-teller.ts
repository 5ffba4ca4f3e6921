import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { removeDurably, writeDurably } from '../../shared/disk/durable.ts'
import type { Log } from '../log.ts'
import { type HandEnd, type HandNews, handFile } from './hand-files.ts'
import type { RunTeller } from './run-taker.ts'

/** Progress is written at most so often. */
const EVERY_MS = 1000

export interface HandTellerParts {
  readonly folder: string
  readonly id: string
  /** By which site file it runs. */
  readonly siteFile: () => string | null
  readonly log: Log
  readonly nowMs: () => number
}

/** Tells a run to whoever asked for it at this machine, by files that his command waits for. */
export class HandTeller implements RunTeller {
  readonly #parts: HandTellerParts
  #toldMs = 0

  constructor(parts: HandTellerParts) {
    this.#parts = parts
  }

  started(): void {
    this.progress('begun')
  }

  progress(text: string): void {
    const nowMs = this.#parts.nowMs()
    if (nowMs - this.#toldMs < EVERY_MS) return
    this.#toldMs = nowMs
    this.#write('news', { text: text.slice(0, 300) })
  }

  ended({ outcome, why, shown }: Parameters<RunTeller['ended']>[0], kept: HandEnd['kept']): void {
    const siteFile = this.#parts.siteFile()
    this.#write('end', { outcome, why, shown: shown ?? null, siteFile, kept })
    for (const kind of ['news', 'stop'] as const) this.#remove(handFile(this.#parts.id, kind))
  }

  run(): Promise<void> {
    return Promise.resolve()
  }

  #write(kind: 'news' | 'end', value: HandNews | HandEnd): void {
    const { folder, id, log } = this.#parts
    try {
      writeDurably(folder, handFile(id, kind), JSON.stringify(value))
    } catch (error) {
      log.warn('who asked for a run here cannot be told of it', { run: id, why: String(error) })
    }
  }

  #remove(name: string): void {
    const { folder } = this.#parts
    if (existsSync(join(folder, name))) removeDurably(folder, name)
  }
}
