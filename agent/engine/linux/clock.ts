import type { Clock } from '../../../shared/clock.ts'
import { WallSteps } from '../wall-steps.ts'
import { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID } from './layouts.ts'
import type { Libc } from './libc.ts'
import { type Arena, allocate } from './memory.ts'

const DAY_SECONDS = 86_400
/** A pair of readings that lies further apart than this was interrupted: read again. */
const CLOSE_ENOUGH_NS = 20_000
const ATTEMPTS = 3

/** The kernel's clocks. Kernel stamps are CLOCK_REALTIME, so both share {@link baseSeconds}. */
export class LinuxClock implements Clock {
  readonly baseSeconds: number
  readonly steps = new WallSteps()
  readonly #libc: Libc
  readonly #time: Arena
  #offsetNs = 0

  constructor(libc: Libc) {
    this.#libc = libc
    this.#time = allocate(libc, 16)
    libc.clockGettime(CLOCK_REALTIME, this.#time.address)
    const seconds = this.#time.words[0] ?? 0
    this.baseSeconds = seconds - (seconds % DAY_SECONDS)
    this.refresh()
  }

  wallNs(): number {
    return this.#read(CLOCK_REALTIME, this.baseSeconds)
  }

  monotonicNs(): number {
    return this.#read(CLOCK_MONOTONIC, 0)
  }

  /** Processor time this thread has used, nanoseconds. */
  threadNs(): number {
    return this.#read(CLOCK_THREAD_CPUTIME_ID, 0)
  }

  /** Wall minus monotonic as of the last {@link refresh}. */
  wallOffsetNs(): number {
    return this.#offsetNs
  }

  /** Reads both clocks as one instant, counts a step, and returns monotonic time. */
  refresh(): number {
    let before = this.monotonicNs()
    let after = before
    for (let i = 0; i < ATTEMPTS; i++) {
      const wall = this.wallNs()
      after = this.monotonicNs()
      this.#offsetNs = Math.round(wall - (before + after) / 2)
      if (after - before <= CLOSE_ENOUGH_NS) break
      before = this.monotonicNs()
    }
    this.steps.observe(this.#offsetNs)
    return after
  }

  #read(clock: number, baseSeconds: number): number {
    this.#libc.clockGettime(clock, this.#time.address)
    const { words } = this.#time
    return ((words[0] ?? 0) - baseSeconds) * 1e9 + (words[2] ?? 0)
  }
}
