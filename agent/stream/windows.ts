import { WINDOW_NS } from '../../shared/clock.ts'
import type { StreamRows } from '../../shared/measure/rows.ts'
import { rowsFrom, rowsOnBuffer } from './rows-buffer.ts'
import { FRAME_NS, type Schedule } from './schedule.ts'

/** A step smaller than this is reading noise, not a step. */
const STEP_NS = 100e3

/** One window of every call of a far end, from its first packet until its receipt. */
export interface OpenWindow {
  /** Borders, wall nanoseconds since the clock's base. */
  readonly fromNs: number
  toNs: number
  /** Wall minus monotonic when the window began: the one clock of all its stamps. */
  readonly anchorNs: number
  /** Per call: the first sequence of this window, and the first that is no longer in it. */
  readonly first: Float64Array
  readonly end: Float64Array
  readonly rows: StreamRows[]
  /** First replies so far, per call. */
  readonly arrivals: Int32Array
  /** Reply sequences beyond the first, of the rows that have any; key: call * 2^24 + row. */
  readonly extraReplies: Map<number, number[]>
  /** Monotonic instant of the last packet. */
  lastDueNs: number
}

export interface WindowSetup {
  readonly baseSeconds: number
  readonly schedule: Schedule
  /** Packets per call of the one window of a run; undefined cuts on wall-clock minutes. */
  readonly runCount?: number
}

/**
 * Cuts streams into windows by sequence. A packet belongs to the window in which it was due, its
 * borders are fixed when the window opens, and each begins where the one before ended: nothing is
 * counted twice, whatever the wall clock does meanwhile.
 */
export class Windows {
  /** Oldest first; what is closed is taken out by {@link remove}. */
  readonly open: OpenWindow[] = []
  readonly #setup: WindowSetup
  readonly #prepared: StreamRows[] = []
  #previous: OpenWindow | undefined

  constructor(setup: WindowSetup) {
    this.#setup = setup
  }

  /** The window that takes sequence `sequence` of `call`; opens the next one where it begins. */
  at(call: number, sequence: number, offsetNs: number): OpenWindow {
    const newest = this.#previous
    if (newest !== undefined && sequence < newest.end[call]!)
      return this.find(call, sequence) ?? newest
    return this.#openNext(call, sequence, offsetNs)
  }

  /** The open window that holds a packet; undefined once it is closed. */
  find(call: number, sequence: number): OpenWindow | undefined {
    for (let i = this.open.length - 1; i >= 0; i--) {
      const window = this.open[i]!
      if (sequence >= window.first[call]!) return sequence < window.end[call]! ? window : undefined
    }
    return undefined
  }

  #openNext(call: number, sequence: number, offsetNs: number): OpenWindow {
    const { schedule, baseSeconds, runCount } = this.#setup
    const dueWallNs = schedule.dueNs(call, sequence) + offsetNs
    const [fromNs, toNs] = this.#borders(dueWallNs, offsetNs)
    const first = this.#firsts(call, sequence, fromNs - offsetNs)
    const end = first.map(
      (from, c) => runCount ?? Math.max(from + 1, schedule.firstAt(c, toNs - offsetNs)),
    )
    const last = schedule.calls - 1
    const window: OpenWindow = {
      fromNs,
      toNs,
      anchorNs: offsetNs,
      first,
      end,
      rows: Array.from(first, (from, c) => this.#takeRows(baseSeconds, from, end[c]! - from)),
      arrivals: new Int32Array(schedule.calls),
      extraReplies: new Map(),
      lastDueNs: schedule.dueNs(last, end[last]! - 1),
    }
    this.#previous = window
    this.open.push(window)
    return window
  }

  /** Where the window before ended; only a host that slept leaves whole minutes out. */
  #firsts(call: number, sequence: number, fromMonotonicNs: number): Float64Array {
    const { schedule } = this.#setup
    const ends = this.#previous?.end
    if (ends === undefined) return new Float64Array(schedule.calls)
    if (sequence <= ends[call]! + 1) return ends.slice()
    return ends.map((end, c) =>
      Math.max(end, Math.min(sequence, schedule.firstAt(c, fromMonotonicNs))),
    )
  }

  #borders(dueWallNs: number, offsetNs: number): readonly [number, number] {
    const { runCount, schedule } = this.#setup
    if (runCount !== undefined) {
      const fromNs = schedule.startNs + offsetNs
      return [fromNs, schedule.dueNs(0, runCount) + offsetNs]
    }
    const minute = Math.floor(dueWallNs / WINDOW_NS) * WINDOW_NS
    const before = this.#previous?.toNs ?? minute
    // A clock set back by less than a window must not give the same minute twice.
    const fromNs = minute < before && before - minute <= WINDOW_NS ? before : minute
    return [fromNs, fromNs + WINDOW_NS]
  }

  #takeRows(baseSeconds: number, first: number, count: number): StreamRows {
    const ready = this.#prepared.pop()
    if (ready !== undefined && ready.count === count) return rowsFrom(ready, first)
    return rowsOnBuffer(baseSeconds, first, count)
  }

  /** In the last half of a minute, makes the rows of one call of the next one, so that its beginning costs no time. */
  prepare(nowNs: number): void {
    const { runCount, schedule, baseSeconds } = this.#setup
    const newest = this.#previous
    if (runCount !== undefined || newest === undefined) return
    if (nowNs < newest.lastDueNs - WINDOW_NS / 2 || this.#prepared.length >= schedule.calls) return
    this.#prepared.push(rowsOnBuffer(baseSeconds, 0, WINDOW_NS / FRAME_NS))
  }

  /** Ends the newest window early: calls below `call` were served `sequence`, the others were not. */
  cut(call: number, sequence: number): void {
    const window = this.#previous
    if (window === undefined) return
    const { schedule } = this.#setup
    for (let c = 0; c < schedule.calls; c++) {
      const served = c < call ? sequence + 1 : sequence
      window.end[c] = Math.min(window.end[c]!, Math.max(window.first[c]!, served))
    }
    window.lastDueNs = Math.min(window.lastDueNs, schedule.dueNs(schedule.calls - 1, sequence))
  }

  remove(window: OpenWindow): void {
    this.open.splice(this.open.indexOf(window), 1)
  }
}

/**
 * A wall stamp on the window's own clock: steps since its beginning are taken out.
 *
 * @param offsetNs wall minus monotonic when the stamp was made; NaN where that is unknowable
 */
export function unstepped(window: OpenWindow, stampNs: number, offsetNs: number): number {
  const stepNs = offsetNs - window.anchorNs
  return Math.abs(stepNs) <= STEP_NS ? stampNs : stampNs - stepNs
}
