import { StallMeter } from '../stall-meter.ts'
import type { Program } from '../types.ts'
import type { LinuxClock } from './clock.ts'
import type { PollSet } from './poll-set.ts'
import type { ThreadScheduling } from './scheduling.ts'
import type { LinuxPort } from './udp-port.ts'

/** The longest sleep: how late a command or the stop flag may be seen. */
const TICK_NS = 50e6
const COMMANDS_EVERY_NS = 20e6
/** Above this many turns in a tick the loop gathers work instead of waking for each datagram. */
const GATHER_ABOVE_TURNS = 100
/** Shortest distance of two turns while gathering: a sleep and waking cost some 20 us of a core. */
const GATHER_NS = 150e3
/** The same once the thread uses so much of a core that waking less often is worth more. */
const GATHER_BUSY_NS = 400e3
const BUSY_SHARE = 0.4

/** What a loop drives and is driven by. */
export interface LoopParts {
  readonly clock: LinuxClock
  readonly polls: PollSet
  readonly scheduling: ThreadScheduling
  /** Hands waiting messages to the program. */
  readonly takeCommands: (program: Program) => void
  /** True when the loop has to end. */
  readonly stopped: () => boolean
}

/**
 * One thread's loop: sleep until something is due or arrives, read, send, read the transmit
 * stamps, and again. It never spins: under load, turns are held apart so that one turn serves many
 * datagrams (kernel stamps keep their accuracy, and a schedule that wants 20 us gets 150).
 */
export class Loop {
  receive: 'prompt' | 'at-due' = 'prompt'
  readonly stalls = new StallMeter()
  readonly #parts: LoopParts
  readonly #flushed: LinuxPort[] = []
  #turnNs = 0
  #nextTickNs = 0
  #nextCommandsNs = 0
  #turns = 0
  #gathering = false
  #gatherNs = GATHER_NS

  constructor(parts: LoopParts) {
    this.#parts = parts
  }

  /** A port sent something: its transmit stamps are read at the end of this turn. */
  noteFlushed(port: LinuxPort): void {
    this.#flushed.push(port)
  }

  run(program: Program): void {
    const { clock, stopped } = this.#parts
    this.#turnNs = clock.refresh()
    this.#nextTickNs = this.#turnNs + TICK_NS
    while (!stopped()) this.#turn(program)
  }

  #turn(program: Program): void {
    const { clock, scheduling } = this.#parts
    const wantedNs = Math.min(program.nextDue(), this.#nextTickNs)
    this.#waitAndRead(wantedNs)
    const nowNs = clock.refresh()
    this.stalls.observe(wantedNs, nowNs)
    this.#turnNs = nowNs
    this.#turns++
    if (program.nextDue() <= nowNs) program.onDue(nowNs)
    this.#readStamps()
    if (nowNs >= this.#nextCommandsNs) {
      this.#nextCommandsNs = nowNs + COMMANDS_EVERY_NS
      this.#parts.takeCommands(program)
    }
    if (nowNs >= this.#nextTickNs) this.#tick(nowNs)
    scheduling.watch(nowNs)
  }

  #waitAndRead(wantedNs: number): void {
    const { clock, polls } = this.#parts
    if (this.receive === 'at-due') {
      const untilNs = this.#gathering ? Math.max(wantedNs, this.#turnNs + this.#gatherNs) : wantedNs
      polls.sleep(untilNs - clock.monotonicNs())
      polls.readAll()
      return
    }
    if (this.#gathering) polls.sleep(this.#gatherUntil(wantedNs) - clock.monotonicNs())
    polls.waitAndRead(wantedNs - clock.monotonicNs())
  }

  /** What is due soon after the shortest distance is worth waiting for: one turn serves both. */
  #gatherUntil(wantedNs: number): number {
    const soonestNs = this.#turnNs + this.#gatherNs
    return wantedNs > soonestNs && wantedNs < soonestNs + GATHER_NS ? wantedNs : soonestNs
  }

  #readStamps(): void {
    const flushed = this.#flushed
    for (const port of flushed) {
      port.flushed = false
      if (port.open && port.departures.ring.outstanding > 0) port.departures.drain()
    }
    flushed.length = 0
  }

  #tick(nowNs: number): void {
    const { clock, polls, scheduling } = this.#parts
    this.#nextTickNs = nowNs + TICK_NS
    this.#gathering = this.#turns > GATHER_ABOVE_TURNS
    this.#gatherNs = scheduling.share > BUSY_SHARE ? GATHER_BUSY_NS : GATHER_NS
    this.#turns = 0
    const wallNs = clock.wallNs()
    for (const port of polls.ports) {
      if (port.departures.ring.outstanding > 0) {
        port.departures.drain()
        port.departures.expire(wallNs)
      }
      if (port.dead) scheduling.leaveRealTime()
    }
  }
}
