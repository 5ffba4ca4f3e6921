import { parentPort } from 'node:worker_threads'
import { HostDrops } from '../host-drops.ts'
import { StallMeter } from '../stall-meter.ts'
import type {
  Capabilities,
  EgressWatch,
  Engine,
  EngineOptions,
  HostClockState,
  IcmpPort,
  InstrumentReport,
  Port,
  PortOptions,
  Program,
} from '../types.ts'
import { DgramClock } from './clock.ts'
import { Pacer } from './pacer.ts'
import { type DgramHost, DgramPort } from './port.ts'

const TICK_MS = 100

/** Opens the dgram engine in this thread. */
export function openDgramEngine(options: EngineOptions): Engine {
  return new DgramEngine(options)
}

class DgramEngine implements Engine {
  readonly capabilities: Capabilities = {
    engine: 'dgram',
    setTos: false,
    seeTos: false,
    seeTtl: false,
    receiveStamp: 'user',
    transmitStamp: 'user',
    scheduling: 'normal',
    seeEgress: false,
    rawIcmp: false,
  }
  readonly baseSeconds: number
  readonly #clock = new DgramClock()
  readonly #stalls = new StallMeter()
  readonly #hostDrops = new HostDrops()
  readonly #pacer: Pacer
  readonly #ports = new Set<DgramPort>()
  readonly #host: DgramHost
  readonly #stopFlag: Int32Array | undefined
  #program: Program | null = null
  #finish: (() => void) | null = null
  #stopped = false

  constructor(options: EngineOptions) {
    this.baseSeconds = this.#clock.baseSeconds
    this.#stopFlag = options.stopFlag
    this.#pacer = new Pacer(
      () => this.#clock.monotonicNs(),
      (dueNs) => this.#due(dueNs),
    )
    this.#host = {
      clock: this.#clock,
      program: () => this.#program,
      onEvent: () => this.#rearm(),
      onClosed: (port) => this.#ports.delete(port),
    }
  }

  wallNs(): number {
    return this.#clock.wallNs()
  }

  monotonicNs(): number {
    return this.#clock.monotonicNs()
  }

  wallOffsetNs(): number {
    return this.#clock.wallOffsetNs()
  }

  hostClock(): HostClockState {
    return { synchronised: false, maxErrorNs: null, source: 'none' }
  }

  openPort(options: PortOptions): Port {
    const port = new DgramPort(this.#host, options)
    this.#ports.add(port)
    return port
  }

  /** Without kernel stamps a late reading would be a late arrival: always prompt. */
  setReceive(_mode: 'prompt' | 'at-due'): void {}

  watchEgress(): EgressWatch | null {
    return null
  }

  /** Node has no raw sockets. */
  openIcmp(): IcmpPort | null {
    return null
  }

  takeReport(): InstrumentReport {
    return {
      receiveOverflows: -1,
      hostDrops: this.#hostDrops.take(),
      ...this.#stalls.take(),
      ...this.#clock.steps.take(),
      stampsMissing: 0,
      leftRealTime: false,
    }
  }

  post(message: unknown, transfer?: readonly ArrayBuffer[]): void {
    parentPort?.postMessage(message, transfer === undefined ? [] : [...transfer])
  }

  async run(program: Program): Promise<void> {
    this.#program = program
    const onMessage = (message: unknown): void => {
      program.onCommand(message)
      this.#rearm()
    }
    parentPort?.on('message', onMessage)
    const tick = setInterval(() => this.#tick(), TICK_MS)
    await new Promise<void>((resolve) => {
      this.#finish = resolve
      this.#rearm()
    })
    clearInterval(tick)
    this.#pacer.cancel()
    this.#program = null
    parentPort?.off('message', onMessage)
    for (const port of [...this.#ports]) port.close()
  }

  stop(): void {
    this.#stopped = true
    this.#finish?.()
  }

  #tick(): void {
    this.#clock.refresh()
    if (this.#stopFlag !== undefined && Atomics.load(this.#stopFlag, 0) !== 0) this.stop()
    this.#rearm()
  }

  #due(dueNs: number): void {
    const program = this.#program
    if (program === null || this.#stopped) return
    const nowNs = this.#clock.refresh()
    this.#stalls.observe(dueNs, nowNs)
    if (program.nextDue() <= nowNs) program.onDue(nowNs)
    this.#rearm()
  }

  #rearm(): void {
    if (this.#stopped) this.#finish?.()
    else if (this.#program !== null) this.#pacer.arm(this.#program.nextDue())
  }
}
