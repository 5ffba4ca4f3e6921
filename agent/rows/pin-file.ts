import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../../shared/disk/durable.ts'

/** Milliseconds since 1970, the end not in it. */
export interface Span {
  readonly from: number
  readonly to: number
}

const NAME = 'pins.json'

/** Times that a dispute holds, remembered over restarts: the collector may be away by then. */
export class PinFile {
  readonly #folder: string
  #spans: readonly Span[]

  constructor(folder: string) {
    this.#folder = folder
    this.#spans = read(join(folder, NAME))
  }

  touches({ from, to }: Span): boolean {
    return this.#spans.some((span) => span.from < to && span.to > from)
  }

  set(spans: readonly Span[]): void {
    if (JSON.stringify(spans) === JSON.stringify(this.#spans)) return
    this.#spans = spans
    try {
      writeDurably(this.#folder, NAME, JSON.stringify(spans))
    } catch {
      // A full disk: they hold in this process, and the next look at the collector writes them.
    }
  }
}

function read(path: string): Span[] {
  try {
    const spans = JSON.parse(readFileSync(path, 'utf8'))
    return Array.isArray(spans) ? spans.filter(isSpan) : []
  } catch {
    return []
  }
}

function isSpan(value: unknown): value is Span {
  const { from, to } = (value ?? {}) as Span
  return Number.isFinite(from) && Number.isFinite(to)
}
