import { ok } from '../../shared/result.ts'
import type { ListedKey } from '../access/known.ts'
import { GATHERED, Gathering } from '../ingest/gather.ts'
import type { Body } from './body.ts'
import { KeyTable } from './key-table.ts'
import { type Taken, type TakenBody, takeBody } from './take-line.ts'

/** Longest turn of the event loop that is spent on reading, milliseconds. */
const TURN_MS = 2
/** Share of its time that the collector's own thread may read in, and for how long it may save that up. */
const SHARE = 0.25
const SAVED_MS = 4000
/** Requests that may wait for it. */
const MOST_WAITING = 128
/**
 * What reading a piece of so many bytes counts for at most, milliseconds: what took longer was interrupted
 * by other programs, and threads of ours would only wait for the same processor.
 */
const PIECE_BYTES = 4096
const MOST_MS_PER_PIECE = 0.5

interface Job {
  readonly body: Body
  readonly receivedMs: number
  readonly resolve: (taken: TakenBody) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reads in the collector's own thread what comes one by one, while that is little: handing a record
 * over and back costs half as much as reading it, and a thread that reads holds some thirty megabytes.
 * A calm fleet's records are gathered as they are for their commit (see ingest/gather.ts), and go there
 * together: read one by one, each would find the processor's caches full of something else.
 */
export class OwnTurn {
  readonly #listed: () => readonly ListedKey[]
  readonly #monotonicMs: () => number
  readonly #keys = new KeyTable()
  #told = 0
  #queue: Job[] = []
  readonly #gathering: Gathering
  #timer: NodeJS.Timeout | null = null
  #next: NodeJS.Immediate | null = null
  #savedMs = SAVED_MS * SHARE
  #countedMs: number

  constructor(listed: () => readonly ListedKey[], monotonicMs: () => number) {
    this.#listed = listed
    this.#monotonicMs = monotonicMs
    this.#countedMs = monotonicMs()
    this.#gathering = new Gathering(monotonicMs)
  }

  /** True when there is time for one more record; else it is for another thread, as batches are. */
  hasTime(): boolean {
    if (this.#queue.length >= MOST_WAITING) return false
    const nowMs = this.#monotonicMs()
    const earned = (nowMs - this.#countedMs) * SHARE
    this.#countedMs = nowMs
    this.#savedMs = Math.min(SAVED_MS * SHARE, this.#savedMs + earned)
    return this.#savedMs > 0
  }

  /** As `Intake.take`, in this thread: in short turns, so that nothing else waits for long. */
  take(body: Body, receivedMs: number): Promise<TakenBody> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ body, receivedMs, resolve, reject })
      this.#arm()
    })
  }

  /** Reads what is left. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#next !== null) clearImmediate(this.#next)
    while (this.#queue.length > 0) this.#turn()
  }

  /** Begins to read: at once where many wait, else when others may have come. */
  #arm(): void {
    if (this.#next !== null) return
    if (this.#queue.length >= GATHERED) this.#begin(0)
    else this.#timer ??= this.#gathering.wait(0, () => this.#begin(this.#queue.length))
  }

  /** @param found records that were there when a wait was over; 0: nobody waited for more */
  #begin(found: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#gathering.begun(found)
    this.#next = setImmediate(() => this.#turn())
  }

  #turn(): void {
    const beganMs = this.#monotonicMs()
    let nowMs = beganMs
    const listed = this.#listed()
    if (listed.length > this.#told) this.#keys.add(listed.slice(this.#told))
    this.#told = listed.length
    do {
      const [job] = this.#queue.splice(0, 1)
      if (job === undefined) break
      this.#read(job)
      const tookMs = this.#monotonicMs() - nowMs
      this.#savedMs -= Math.min(tookMs, plausibleMs(job))
      nowMs += tookMs
    } while (this.#queue.length > 0 && nowMs - beganMs < TURN_MS)
    this.#next = this.#queue.length === 0 ? null : setImmediate(() => this.#turn())
  }

  #read({ body, receivedMs, resolve, reject }: Job): void {
    try {
      const taken = takeBody(body, receivedMs, this.#keys)
      resolve(taken.ok ? ok(taken.value.map(ownBytes)) : taken)
    } catch (error) {
      reject(error)
    }
  }
}

/** How long reading this may take by itself. */
function plausibleMs({ body }: Job): number {
  return Math.ceil(body.bytes.byteLength / PIECE_BYTES) * MOST_MS_PER_PIECE
}

/** What zlib packs into is much larger than what comes out, and would be handed on and held with it. */
function ownBytes(taken: Taken): Taken {
  if (!taken.ok) return taken
  const { row } = taken.value
  return {
    ok: true,
    value: { ...taken.value, row: { ...row, packed: new Uint8Array(row.packed) } },
  }
}
