import type { News } from '../../shared/plan/news.ts'

/** A question for work waits for less than a minute; whoever told nothing for two tells nothing. */
const FRESH_MS = 120_000

/**
 * What the collector tells with its answers to questions for work, for those who would else ask for it
 * once a minute each. Of an older collector nothing is heard, and they ask.
 */
export class NewsBoard {
  readonly #nowMs: () => number
  readonly #listeners: ((news: News) => void)[] = []
  #heardMs = Number.NEGATIVE_INFINITY
  /** The size of the collector's log as it is held here. */
  logSize: () => number = () => 0

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** True while nobody needs to ask. */
  get isFresh(): boolean {
    return this.#nowMs() - this.#heardMs < FRESH_MS
  }

  onNews(listener: (news: News) => void): void {
    this.#listeners.push(listener)
  }

  hear(news: News): void {
    this.#heardMs = this.#nowMs()
    for (const listener of this.#listeners) listener(news)
  }
}

/** News as they came; null for anything that has not their shape. */
export function newsIn(value: unknown): News | null {
  const { pins, log } = (value ?? {}) as { readonly pins?: unknown; readonly log?: unknown }
  if (!Array.isArray(pins) || !pins.every(isSpan)) return null
  if (log !== null && !isLog(log)) return null
  return { pins, log }
}

function isSpan(value: unknown): value is News['pins'][number] {
  const { from, to } = (value ?? {}) as { readonly from?: unknown; readonly to?: unknown }
  return typeof from === 'number' && typeof to === 'number'
}

function isLog(value: unknown): value is NonNullable<News['log']> {
  const log = value as Partial<NonNullable<News['log']>> | undefined
  if (typeof log?.checkpoint !== 'string' || log.proof === undefined) return false
  return log.proof === null || (isSpan(log.proof) && Array.isArray(log.proof.hashes))
}
