import type { StreamEvent } from '../stream/types.ts'

type Progress = Extract<StreamEvent, { readonly type: 'progress' }>

interface Tick {
  readonly sent: number
  /** Sent, and not back although its time has passed. */
  readonly missing: number
}

/** Over so many reports, one a second, so that one bad second stops nothing. */
const OVER_TICKS = 2

/**
 * Watches what comes back while calls run, so that a load which breaks the way ends at once and not
 * with its step. It only stops the load; what it stopped is judged like everything else.
 */
export class LossGuard {
  readonly #most: number
  readonly #packetsPerMs: number
  readonly #ticks: Tick[] = []

  /** @param most share of packets that may be missing, 0 to 1 */
  constructor(most: number, calls: number) {
    this.#most = most
    this.#packetsPerMs = calls / 20
  }

  /** The share missing in the last seconds where it is beyond what is allowed; else null. */
  tripped({ sent, received, rttMs }: Progress): number | null {
    // Without a round trip nothing is known of what is under way.
    if (rttMs === null) return null
    const underWay = this.#packetsPerMs * (rttMs + 20)
    this.#ticks.push({ sent, missing: Math.max(0, sent - received - underWay) })
    const before = this.#ticks.at(-1 - OVER_TICKS)
    const now = this.#ticks.at(-1)
    if (before === undefined || now === undefined || now.sent <= before.sent) return null
    const share = (now.missing - before.missing) / (now.sent - before.sent)
    return share > this.#most ? share : null
  }
}
