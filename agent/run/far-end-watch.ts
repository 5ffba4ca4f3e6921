import type { FarEndName } from '../../shared/profile/site.ts'
import type { StreamEvent } from '../stream/types.ts'

/** A far end that nothing comes from, and for how long. */
export interface SilentFarEnd {
  readonly farEnd: FarEndName
  readonly seconds: number
}

export interface FarEndsNow {
  readonly silent: readonly SilentFarEnd[]
  /** How many of the far ends are not silent; null: no stream runs. */
  readonly heard: number | null
}

/** A break of a few seconds is for the records to tell: they come without delay then. */
const TOLD_AFTER_MS = 10_000

/**
 * Which far ends say nothing now. A minute waits for the word of one that fell silent in it, so where all
 * are silent no record tells of it for minutes: this is what the collector hears meanwhile.
 */
export class FarEndWatch {
  readonly #nowMs: () => number
  /** Null: it answers, were it by refusing. */
  readonly #sinceMs = new Map<FarEndName, number | null>()
  readonly #timers = new Map<FarEndName, NodeJS.Timeout>()
  /** Silent for long enough: by the timer alone, which may be a millisecond early by the clock. */
  readonly #told = new Set<FarEndName>()
  #onChange: () => void = () => undefined

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Called when a far end begins to count as silent, and when one that did answers again. */
  onChange(listener: () => void): void {
    this.#onChange = listener
  }

  note(event: StreamEvent): void {
    if (event.type !== 'state') return
    const { farEnd, state } = event
    const isSilent = state === 'silent' || state === 'opening'
    if (isSilent && (this.#sinceMs.get(farEnd) ?? null) !== null) return
    const wasTold = this.#told.delete(farEnd)
    clearTimeout(this.#timers.get(farEnd))
    this.#sinceMs.set(farEnd, isSilent ? this.#nowMs() : null)
    if (isSilent)
      this.#timers.set(
        farEnd,
        setTimeout(() => {
          this.#told.add(farEnd)
          this.#onChange()
        }, TOLD_AFTER_MS),
      )
    else if (wasTold) this.#onChange()
  }

  /** The streams end: what follows begins anew. */
  forget(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#sinceMs.clear()
    this.#told.clear()
  }

  now(): FarEndsNow {
    if (this.#sinceMs.size === 0) return { silent: [], heard: null }
    const nowMs = this.#nowMs()
    const silent = [...this.#sinceMs].flatMap(([farEnd, sinceMs]) => {
      if (sinceMs === null || !this.#told.has(farEnd)) return []
      return [{ farEnd, seconds: Math.round((nowMs - sinceMs) / 1000) }]
    })
    return { silent, heard: this.#sinceMs.size - silent.length }
  }
}
