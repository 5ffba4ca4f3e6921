import type { ListedKey } from '../access/known.ts'
import { CallingThread } from '../thread/calling-thread.ts'
import { workerFile } from '../thread/worker-file.ts'
import { OwnTurn } from './own-turn.ts'
import type { Taken } from './take-line.ts'
import type { IntakeJob } from './worker.ts'

export interface IntakeOptions {
  readonly threads: number
  /** Every key that agents ever enrolled, as they became known; only grows. */
  readonly keys: () => readonly ListedKey[]
  readonly monotonicMs: () => number
  /** Told when a thread died: the next record starts another. */
  readonly onTrouble: (error: unknown) => void
}

/** Bytes that may wait for a thread before new ones are turned away. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024
/** Lines of one call: what waits is taken together, and nobody waits for long. */
const LINES_PER_CALL = 64
/** Calls that a thread has at once: the next is there when one is done. */
const CALLS_AHEAD = 2
/** A thread that nothing was left for in so long is ended: it holds thirty megabytes. */
const IDLE_MS = 300_000

/** More waits than can be held: nothing was taken, the sender tries again later. */
export class IntakeFull extends Error {
  override readonly name = 'IntakeFull'
}

interface Waiting extends IntakeJob {
  readonly bytes: number
  readonly resolve: (taken: readonly Taken[]) => void
  readonly reject: (error: unknown) => void
}

interface Bench {
  thread: Promise<CallingThread> | null
  calls: number
  /** Keys that this thread was told of. */
  told: number
  idle: NodeJS.Timeout | null
}

/**
 * Threads that read, check and pack records, so that the collector's own is free to answer. They start
 * with the first record that its own has no time for (see own-turn.ts); one that dies costs its senders
 * a retry and is started anew.
 */
export class Intake {
  readonly #options: IntakeOptions
  readonly #benches: Bench[]
  readonly #own: OwnTurn
  #queue: Waiting[] = []
  #waitingBytes = 0

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#benches = Array.from({ length: options.threads }, () => newBench())
    this.#own = new OwnTurn(options.keys, options.monotonicMs)
  }

  /**
   * What is to be said of each of these lines, in their order.
   * @param lines envelopes as JSON texts, a few dozen at most: longer ones are handed over in turns
   * @param receivedMs arrival, milliseconds since 1970
   * @throws IntakeFull when too much waits; ThreadError when the thread died over it
   */
  take(lines: readonly Uint8Array[], receivedMs: number): Promise<readonly Taken[]> {
    // While threads have work there is much of it, and answering is what the own one is for.
    const isCalm = this.#benches.every(({ calls }) => calls === 0)
    if (isCalm && this.#own.hasTimeFor(lines.length)) {
      return this.#own.take(lines, receivedMs)
    }
    const bytes = lines.reduce((sum, line) => sum + line.byteLength, 0)
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      return Promise.reject(new IntakeFull(`${this.#waitingBytes} bytes wait already`))
    }
    this.#waitingBytes += bytes
    return new Promise<readonly Taken[]>((resolve, reject) => {
      this.#queue.push({ lines, receivedMs, bytes, resolve, reject })
      this.#turn()
    })
  }

  /** Ends the threads; what they have is finished first. */
  async close(): Promise<void> {
    this.#own.close()
    this.#turn()
    const started = this.#benches.flatMap(({ thread }) => (thread === null ? [] : [thread]))
    await Promise.allSettled(started.map(async (thread) => (await thread).call('close')))
  }

  #turn(): void {
    for (const bench of [...this.#benches].sort((a, b) => a.calls - b.calls)) {
      if (this.#queue.length === 0) return
      if (bench.calls < CALLS_AHEAD) void this.#call(bench, this.#next())
    }
  }

  #next(): Waiting[] {
    let lines = 0
    const upTo = this.#queue.findIndex((job) => {
      lines += job.lines.length
      return lines > LINES_PER_CALL
    })
    return this.#queue.splice(0, upTo === -1 ? this.#queue.length : Math.max(1, upTo))
  }

  async #call(bench: Bench, jobs: readonly Waiting[]): Promise<void> {
    bench.calls += 1
    if (bench.idle !== null) clearTimeout(bench.idle)
    bench.thread ??= CallingThread.start(workerFile(import.meta.url, 'server/intake'), null)
    const { thread } = bench
    try {
      const open = await thread
      const keys = this.#options.keys()
      const news = keys.slice(bench.told)
      bench.told = keys.length
      const handed = jobs.map(({ lines, receivedMs }) => ({ lines, receivedMs }))
      const taken = await open.call<readonly (readonly Taken[])[]>('take', news, handed)
      for (const [at, job] of jobs.entries()) job.resolve(taken[at] ?? [])
    } catch (error) {
      this.#fail(bench, thread, error)
      for (const job of jobs) job.reject(error)
    } finally {
      bench.calls -= 1
      this.#waitingBytes -= jobs.reduce((sum, { bytes }) => sum + bytes, 0)
      this.#turn()
      if (bench.calls === 0) bench.idle = setTimeout(() => end(bench), IDLE_MS).unref()
    }
  }

  /** Whatever went wrong in a thread, another one goes on: it has to be told of all keys anew. */
  #fail(bench: Bench, thread: Promise<CallingThread>, error: unknown): void {
    this.#options.onTrouble(error)
    if (bench.thread === thread) end(bench)
  }
}

function end(bench: Bench): void {
  const { thread } = bench
  bench.thread = null
  bench.told = 0
  void thread?.then((one) => one.call('close')).catch(() => {})
}

function newBench(): Bench {
  return { thread: null, calls: 0, told: 0, idle: null }
}
