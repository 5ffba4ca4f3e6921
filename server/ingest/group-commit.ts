import type { AppendOutcome, RecordRow, Store } from '../store/store.ts'

export interface GroupCommitOptions {
  readonly store: Pick<Store, 'append'>
  /** How long the first record of a group waits for company, milliseconds. */
  readonly waitMs: number
  readonly maxGroup: number
  /** Records that may wait before new ones are turned away. */
  readonly maxWaiting: number
  readonly monotonicMs: () => number
  readonly onCommit: (records: number, tookMs: number) => void
}

/** The queue is full: nothing was stored, the sender tries again later. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

interface Waiting {
  readonly rows: readonly RecordRow[]
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Many senders, one fsync: records that arrive within a few milliseconds share a transaction, and
 * each sender hears of it only when that transaction is on disk. One commit is under way at a time,
 * so under load groups fill while the disk works and nobody waits for the timer.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  #queue: Waiting[] = []
  #waiting = 0
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  /** Records that wait or are being written. */
  get waiting(): number {
    return this.#waiting
  }

  /** Resolves when the rows are durable, with an outcome for each. @throws QueueFull */
  submit(rows: readonly RecordRow[]): Promise<readonly AppendOutcome[]> {
    if (this.#waiting + rows.length > this.#options.maxWaiting) {
      return Promise.reject(new QueueFull(`${this.#waiting} records wait already`))
    }
    this.#waiting += rows.length
    return new Promise((resolve, reject) => {
      this.#queue.push({ rows, resolve, reject })
      this.#arm()
    })
  }

  /** Resolves when everything submitted so far was written or refused. */
  async drain(): Promise<void> {
    while (this.#waiting > 0) {
      this.#fire()
      await this.#running
    }
  }

  #arm(): void {
    if (this.#running !== null) return
    if (this.#waiting >= this.#options.maxGroup) this.#fire()
    else this.#timer ??= setTimeout(() => this.#fire(), this.#options.waitMs)
  }

  #fire(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#running !== null || this.#queue.length === 0) return
    this.#running = this.#commit(this.#take()).finally(() => {
      this.#running = null
      if (this.#queue.length > 0) this.#fire()
    })
  }

  /** Whole submissions up to maxGroup records; a larger one goes alone. */
  #take(): Waiting[] {
    let records = 0
    let count = 0
    for (const waiting of this.#queue) {
      records += waiting.rows.length
      if (count > 0 && records > this.#options.maxGroup) break
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const rows = group.flatMap((waiting) => waiting.rows)
    const started = this.#options.monotonicMs()
    try {
      const outcomes = await this.#options.store.append(rows)
      let at = 0
      for (const waiting of group) {
        waiting.resolve(outcomes.slice(at, at + waiting.rows.length))
        at += waiting.rows.length
      }
      this.#options.onCommit(rows.length, this.#options.monotonicMs() - started)
    } catch (error) {
      for (const waiting of group) waiting.reject(error)
    } finally {
      this.#waiting -= rows.length
    }
  }
}
