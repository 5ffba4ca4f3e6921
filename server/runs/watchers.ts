import { isOver } from '../../shared/plan/run-kinds.ts'
import { Problem } from '../problem.ts'
import { type ReaderLimits, Shares, USUAL_READER_LIMITS } from '../reader-limits.ts'
import type { PlanBook } from '../store/plans/book.ts'
import type { StoredRun } from '../store/plans/run-queries.ts'
import type { RunDesk } from './run-desk.ts'

const RETRY_SECONDS = 10
const PAGE = 200
/** A comment keeps the connection from being cut as idle. */
const BEAT_MS = 10_000
/** A watcher is let go after this time and resumes where it was. */
const LONGEST_MS = 15 * 60_000

type WatchedRuns = Pick<RunDesk, 'limits' | 'closing' | 'listen'>
interface WatchedStore {
  readonly plans: Pick<PlanBook, 'findRun' | 'runEvents'>
}

interface Watcher {
  readonly gone: AbortSignal
  readonly leave: () => void
  readonly may: () => Promise<boolean>
}

/** Readers that watch runs, counted, each of them fed from the store. */
export class Watchers {
  readonly #runs: WatchedRuns
  readonly #store: WatchedStore
  readonly #open = new Map<string, number>()
  readonly #shares: Shares
  #all = 0

  constructor(runs: WatchedRuns, store: WatchedStore, limits: Partial<ReaderLimits> = {}) {
    this.#runs = runs
    this.#store = store
    this.#shares = new Shares({ ...USUAL_READER_LIMITS, ...limits }.watchersPerReader)
  }

  /**
   * Events of a run after a number as server-sent events (HTML Living Standard 9.2), until the run is
   * over, the reader is gone or the collector stops. The last has the name `state` and no id.
   * @param reader who watches, as limits count it
   * @param may whether who watches may still read this: asked each time before he is told more, for his
   *   token may be taken back, or his session end, while he watches
   * @throws Problem too-many-watchers
   */
  watch(
    run: StoredRun,
    after: number,
    gone: AbortSignal,
    { reader, may }: { readonly reader: string; readonly may: () => Promise<boolean> },
  ): AsyncGenerator<string> {
    const { mostWatchers, mostWatchersOfRun } = this.#runs.limits
    const here = this.#open.get(run.id) ?? 0
    if (this.#all >= mostWatchers || here >= mostWatchersOfRun) {
      throw new Problem('too-many-watchers', {}, RETRY_SECONDS)
    }
    const giveBack = this.#shares.take(reader)
    if (giveBack === null) {
      throw new Problem('too-many-watchers', { found: 'all of one reader\u2019s' }, RETRY_SECONDS)
    }
    this.#all += 1
    this.#open.set(run.id, here + 1)
    let left = false
    const leave = () => {
      if (!left) this.#leave(run.id)
      left = true
      giveBack()
    }
    // One who leaves before the first line is read would never be counted out by the generator.
    gone.addEventListener('abort', leave, { once: true })
    return this.#feed(run, after, { gone, leave, may })
  }

  async *#feed(
    { site, id }: StoredRun,
    after: number,
    { gone, leave, may }: Watcher,
  ): AsyncGenerator<string> {
    const over = new AbortController()
    const end = () => over.abort()
    gone.addEventListener('abort', end, { once: true })
    this.#runs.closing.addEventListener('abort', end, { once: true })
    if (gone.aborted || this.#runs.closing.aborted) end()
    const untilMs = performance.now() + LONGEST_MS
    let last = after
    try {
      yield 'retry: 1000\n\n'
      while (!over.signal.aborted && performance.now() < untilMs) {
        if (!(await may())) return
        const news = this.#runs.listen({ site, id }, BEAT_MS, over.signal)
        // The state is read first: what an ended run told is all there by then.
        const run = await this.#store.plans.findRun(site, id)
        const events = await this.#store.plans.runEvents({ site, id }, last, PAGE)
        for (const { number, body } of events) yield `id: ${number}\ndata: ${body}\n\n`
        last = events.at(-1)?.number ?? last
        const ended = run === null || isOver(run.state)
        if (ended && events.length < PAGE) {
          yield stateOf(run)
          return
        }
        if (events.length > 0) news.end()
        else yield ': waiting\n\n'
        await news.heard
      }
    } finally {
      this.#runs.closing.removeEventListener('abort', end)
      leave()
    }
  }

  #leave(id: string): void {
    this.#all -= 1
    const here = (this.#open.get(id) ?? 1) - 1
    if (here === 0) this.#open.delete(id)
    else this.#open.set(id, here)
  }
}

function stateOf(run: StoredRun | null): string {
  const data = { state: run?.state ?? 'expired', why: run?.why ?? 'the run is no longer kept' }
  return `event: state\ndata: ${JSON.stringify(data)}\n\n`
}
