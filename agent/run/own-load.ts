import type { StreamObservation } from '../../shared/record/observation.ts'

interface Span {
  readonly from: number
  /** Absent while the load is being made. */
  to?: number
}

/** Packets that wait in queues when a run ends are still of its making. */
const AFTERWARDS_MS = 3000
const KEPT_MS = 3_600_000

/**
 * When this agent loads the way by itself, because a run was asked of it. What the continuous streams
 * measure meanwhile says so, and looks at other things wait: the network is not to be blamed for it.
 */
export class OwnLoad {
  readonly #nowMs: () => number
  #spans: Span[] = []
  #begun = new AbortController()
  #quiet: (() => void)[] = []

  /** @param nowMs wall clock, milliseconds since 1970: windows are cut by it */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Load begins; what is returned ends it, once. */
  begin(): () => void {
    const from = this.#nowMs()
    const span: Span = { from }
    this.#spans = [...this.#spans.filter(({ to = from }) => to > from - KEPT_MS), span]
    this.#begun.abort()
    return () => {
      if (span.to !== undefined) return
      span.to = this.#nowMs() + AFTERWARDS_MS
      if (this.#loads) return
      this.#begun = new AbortController()
      for (const go of this.#quiet.splice(0)) go()
    }
  }

  /** Aborted when load begins; asked for anew before each look that load would spoil. */
  get begun(): AbortSignal {
    return this.#begun.signal
  }

  /** Resolves once no load is made, or at the signal. */
  untilQuiet(stop: AbortSignal): Promise<void> {
    if (!this.#loads || stop.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#quiet.push(resolve)
      stop.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** A window as it goes into a record: one that load fell into says so, over its whole length. */
  mark(seen: StreamObservation): StreamObservation {
    const { from, to } = seen
    const now = this.#nowMs()
    const loaded = this.#spans.some((span) => span.from < to && (span.to ?? now) > from)
    if (!loaded) return seen
    return { ...seen, gaps: [{ from, to, cause: 'own-load' as const }, ...seen.gaps].slice(0, 64) }
  }

  get #loads(): boolean {
    return this.#spans.some(({ to }) => to === undefined)
  }
}
