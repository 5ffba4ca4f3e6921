import { ok } from '../../shared/result.ts'
import type { ListedKey } from '../access/known.ts'
import { CallingThread } from '../thread/calling-thread.ts'
import { workerFile } from '../thread/worker-file.ts'
import type { Body } from './body.ts'
import { OwnTurn } from './own-turn.ts'
import type { TakenBody } from './take-line.ts'
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
/** Records of one call that came one by one; a batch is a call of its own: nobody waits for long. */
const BODIES_PER_CALL = 64
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
  readonly resolve: (taken: TakenBody) => void
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
   * What is to be said of each line of a body, in their order, or of it as a whole.
   * @param body its bytes are gone afterwards: they are moved to a thread where that is possible
   * @param receivedMs arrival, milliseconds since 1970
   * @throws IntakeFull when too much waits; ThreadError when the thread died over it
   */
  take(body: Body, receivedMs: number): Promise<TakenBody> {
    // While threads have work there is much of it, and answering is what the own one is for.
    const isCalm = this.#benches.every(({ calls }) => calls === 0)
    if (isCalm && !body.isBatch && this.#own.hasTime()) return this.#own.take(body, receivedMs)
    const bytes = body.bytes.byteLength
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      return Promise.reject(new IntakeFull(`${this.#waitingBytes} bytes wait already`))
    }
    this.#waitingBytes += bytes
    return new Promise<TakenBody>((resolve, reject) => {
      this.#queue.push({ body, receivedMs, bytes, resolve, reject })
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
    const [first, ...rest] = this.#queue.slice(0, BODIES_PER_CALL)
    if (first === undefined || first.body.isBatch) return this.#queue.splice(0, 1)
    const upTo = rest.findIndex(({ body }) => body.isBatch)
    return this.#queue.splice(0, 1 + (upTo === -1 ? rest.length : upTo))
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
      const handed = jobs.map(({ body, receivedMs }): IntakeJob => ({ body, receivedMs }))
      const moved = jobs.flatMap(({ body }) => movable(body.bytes))
      const taken = await open.callMoving<readonly TakenBody[]>(moved, 'take', news, handed)
      for (const [at, job] of jobs.entries()) job.resolve(taken[at] ?? ok([]))
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

/** A body that has memory of its own need not be copied. */
function movable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
