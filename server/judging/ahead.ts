import { setImmediate } from 'node:timers/promises'
import type { LiveSite, LiveSites } from '../ingest/live.ts'
import type { Judging } from './judging.ts'

/** Longest turn of the event loop, milliseconds: one request takes several, and waits for as many. */
const TURN_MS = 2
/** After a question about all sites their words are kept ready for so long. */
const WANTED_MS = 5 * 60_000

export interface JudgeAheadOptions {
  readonly live: Pick<LiveSites, 'names' | 'head' | 'get'>
  readonly judging: Pick<Judging, 'known'>
  /** Judges one site (and makes ready what else follows from that). */
  readonly judge: (site: LiveSite) => void
  readonly monotonicMs: () => number
}

/**
 * Judges sites before anybody asks: all of them when the collector starts, and those that records
 * came from while somebody looks at the fleet. In short turns, so that nothing else waits for it.
 */
export class JudgeAhead {
  readonly #options: JudgeAheadOptions
  #wantedMs = Number.NEGATIVE_INFINITY
  #running: Promise<void> | null = null
  #stopped = false

  constructor(options: JudgeAheadOptions) {
    this.#options = options
  }

  /** Somebody asks for the word of every site: what records change is judged from now on. */
  want(): void {
    this.#wantedMs = this.#options.monotonicMs()
  }

  /** Judges all sites once; what then changes waits until somebody looks. */
  begin(): void {
    this.#running ??= this.#judge(this.#options.live.names())
      // What cannot be judged now is tried again, and its error told, by whoever asks for that site.
      .catch(() => {})
      .finally(() => {
        this.#running = null
      })
  }

  /** Sites that records came from; nothing is done while nobody looks. */
  async changed(names: Iterable<string>): Promise<void> {
    if (this.#options.monotonicMs() - this.#wantedMs < WANTED_MS) await this.#judge(names)
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #judge(names: Iterable<string>): Promise<void> {
    const { live, judging, judge, monotonicMs } = this.#options
    let began = monotonicMs()
    for (const name of names) {
      if (this.#stopped) return
      const head = live.head(name)
      const site = head === null || judging.known(head) !== null ? null : live.get(name)
      if (site !== null) judge(site)
      if (monotonicMs() - began < TURN_MS) continue
      await setImmediate()
      began = monotonicMs()
    }
  }
}
