import type { RecordRow } from '../store/record-row.ts'
import type { AppendOutcome, Store } from '../store/store.ts'
import { GATHERED, Gathering } from './gather.ts'

export interface GroupCommitOptions {
  readonly store: Pick<Store, 'append'>
  /** How long the first record of a group waits at least, after a pause: others come with it. */
  readonly waitMs: number
  readonly maxGroup: number
  /** Records that may wait before new ones are turned away. */
  readonly maxWaiting: number
  /** Bytes of payload that may wait; left out: MAX_WAITING_BYTES. */
  readonly maxWaitingBytes?: number
  readonly monotonicMs: () => number
  readonly onCommit: (records: number, tookMs: number) => void
}

/** A queue of records of ordinary size is bounded by their number; this bounds one of large ones. */
export const MAX_WAITING_BYTES = 64 * 1024 * 1024
/** A record whose window ended this long before it came is of the backlog; newer ones are live. */
export const LIVE_MS = 3 * 60_000
/** Of every so many groups one begins with the backlog, so that it moves under any load. */
const BACKLOG_TURN = 4
/** Share of the queue that the backlog may take: the present must always find room. */
const BACKLOG_SHARE = 0.75

/** The queue is full: nothing was stored, the sender tries again later. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

interface Waiting {
  readonly live: boolean
  readonly bytes: number
  readonly rows: readonly RecordRow[]
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Many senders, one fsync: records that arrive within a few milliseconds share a transaction, and
 * each sender hears of it only when that transaction is on disk. One commit is under way at a time,
 * so under load groups fill while the disk works and nobody waits for the timer; a fleet's calm stream
 * is gathered into some six commits a second (see gather.ts). While more waits
 * than one group holds, live records go before the backlog that comes after an outage.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #gathering: Gathering
  #queue: Waiting[] = []
  #waiting = 0
  #waitingBytes = 0
  #groups = 0
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.#gathering = new Gathering(options.monotonicMs)
  }

  /** Records that wait or are being written. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Resolves when the rows are durable, with an outcome for each.
   * @throws QueueFull when records or bytes are too many; for a backlog sooner than for the present
   */
  submit(rows: readonly RecordRow[]): Promise<readonly AppendOutcome[]> {
    const live = rows.every(isLive)
    const bytes = rows.reduce((sum, row) => sum + row.packed.byteLength + row.frame.length, 0)
    const { maxWaiting, maxWaitingBytes = MAX_WAITING_BYTES } = this.#options
    const share = live || this.#waiting === 0 ? 1 : BACKLOG_SHARE
    const many = this.#waiting + rows.length > share * maxWaiting
    if (many || this.#waitingBytes + bytes > share * maxWaitingBytes) {
      const found = `${this.#waiting} records of ${this.#waitingBytes} bytes`
      return Promise.reject(new QueueFull(`${found} wait already`))
    }
    this.#waiting += rows.length
    this.#waitingBytes += bytes
    return new Promise((resolve, reject) => {
      this.#queue.push({ live, bytes, rows, resolve, reject })
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

  /** Begins a commit: at once where many wait, else when others may have come. */
  #arm(): void {
    if (this.#running !== null || this.#queue.length === 0) return
    const { maxGroup, waitMs } = this.#options
    if (this.#waiting >= Math.min(maxGroup, GATHERED)) this.#fire()
    else this.#timer ??= this.#gathering.wait(waitMs, () => this.#fire(this.#queue.length))
  }

  /** @param found senders that were there when a wait was over; left out: nobody waited for more */
  #fire(found = 0): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#running !== null || this.#queue.length === 0) return
    this.#gathering.begun(found)
    this.#running = this.#commit(this.#take()).finally(() => {
      this.#running = null
      this.#arm()
    })
  }

  /**
   * Whole submissions up to maxGroup records; a larger one goes alone. Live ones first, in the order
   * of their arrival; in every BACKLOG_TURN-th group the order of arrival alone counts.
   */
  #take(): Waiting[] {
    this.#groups += 1
    const inTurn = this.#groups % BACKLOG_TURN === 0
    const byRank = inTurn
      ? this.#queue
      : [...this.#queue.filter((one) => one.live), ...this.#queue.filter((one) => !one.live)]
    let records = 0
    const taken = new Set<Waiting>()
    for (const waiting of byRank) {
      records += waiting.rows.length
      if (taken.size > 0 && records > this.#options.maxGroup) break
      taken.add(waiting)
    }
    this.#queue = this.#queue.filter((one) => !taken.has(one))
    return [...taken]
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
      this.#waitingBytes -= group.reduce((sum, waiting) => sum + waiting.bytes, 0)
    }
  }
}

function isLive({ toMs, receivedMs }: RecordRow): boolean {
  return receivedMs - toMs < LIVE_MS
}
