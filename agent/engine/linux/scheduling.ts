import type { Capabilities } from '../types.ts'
import {
  PR_SET_TIMERSLACK,
  PRIO_PROCESS,
  SCHED_FIFO,
  SCHED_OTHER,
  SCHED_RESET_ON_FORK,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { allocate } from './memory.ts'

const FIFO_PRIORITY = 10
const NICE = -20
const WATCH_NS = 500e6
/** The kernel throttles real-time threads at 95 % of a core with pauses of 50 ms: leave before. */
const MAX_SHARE = 0.6
/** So many looks in a row above it, because code runs slowly until it is compiled. */
const MAX_LOOKS = 4
/** Above this at one look there is no time to wait and see. */
const HOPELESS_SHARE = 0.9

/** The kernel calls this part makes. */
export type SchedulingCalls = Pick<
  Libc,
  'prctl' | 'schedSetscheduler' | 'setpriority' | 'getpriority' | 'addressOf'
>

type Scheduling = Capabilities['scheduling']

/** How this thread is scheduled. Linux keeps policy and nice value per thread, not per process. */
export class ThreadScheduling {
  current: Scheduling = 'normal'
  /** Share of a core this thread used in the last half second watched. */
  share = 0
  readonly #libc: SchedulingCalls
  readonly #threadNs: () => number
  readonly #formerNice: number
  #leftRealTime = false
  #nextLookNs = 0
  #busyLooks = 0
  #lookedNs = Number.NaN
  #usedNs = 0

  /** `threadNs` tells the processor time this thread has used so far, nanoseconds. */
  constructor(libc: SchedulingCalls, threadNs: () => number) {
    this.#libc = libc
    this.#threadNs = threadNs
    this.#formerNice = libc.getpriority(PRIO_PROCESS, 0)
    // The default slack of 50 us would be added to every wait.
    libc.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
  }

  /** Real time where permitted, else the highest nice value, else as it is. */
  raise(): Scheduling {
    this.current = this.#fifo() ? 'fifo' : this.#nice()
    return this.current
  }

  /** Back to an ordinary thread. */
  restore(): void {
    this.#policy(SCHED_OTHER, 0)
    this.#libc.setpriority(PRIO_PROCESS, 0, this.#formerNice)
    this.current = 'normal'
  }

  /** Call once a turn: leaves real time after two seconds above 60 % of a core. */
  watch(nowNs: number): void {
    if (nowNs < this.#nextLookNs) return
    this.#nextLookNs = nowNs + WATCH_NS
    const usedNs = this.#threadNs()
    const share = (usedNs - this.#usedNs) / (nowNs - this.#lookedNs)
    this.share = Number.isNaN(share) ? 0 : share
    this.#usedNs = usedNs
    this.#lookedNs = nowNs
    this.#busyLooks = share > MAX_SHARE ? this.#busyLooks + 1 : 0
    if (this.#busyLooks >= MAX_LOOKS || share > HOPELESS_SHARE) this.leaveRealTime()
  }

  /** A busy or broken loop must not hold a core against everything else. */
  leaveRealTime(): void {
    if (this.current !== 'fifo') return
    this.#policy(SCHED_OTHER, 0)
    this.current = this.#nice()
    this.#leftRealTime = true
  }

  takeLeftRealTime(): boolean {
    const left = this.#leftRealTime
    this.#leftRealTime = false
    return left
  }

  #fifo(): boolean {
    return this.#policy(SCHED_FIFO | SCHED_RESET_ON_FORK, FIFO_PRIORITY)
  }

  #nice(): Scheduling {
    return this.#libc.setpriority(PRIO_PROCESS, 0, NICE) === 0 ? 'nice' : 'normal'
  }

  #policy(policy: number, priority: number): boolean {
    const parameters = allocate(this.#libc, 4)
    parameters.words[0] = priority
    return this.#libc.schedSetscheduler(0, policy, parameters.address) === 0
  }
}
