import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads'
import { HostDrops } from '../host-drops.ts'
import type {
  Capabilities,
  EgressWatch,
  Engine,
  EngineOptions,
  HostClockState,
  IcmpPort,
  InstrumentReport,
  Peer,
  Port,
  PortOptions,
  Program,
} from '../types.ts'
import { LinuxClock } from './clock.ts'
import { ErrorQueueReader } from './departures.ts'
import { watchEgress } from './egress-watch.ts'
import { readHostClock } from './host-clock.ts'
import { openIcmpPort } from './icmp-port.ts'
import { type Libc, loadLibc } from './libc.ts'
import { Loop } from './loop.ts'
import type { LinuxPeer } from './peer.ts'
import { type Polled, PollSet } from './poll-set.ts'
import { probeSockets } from './probe.ts'
import { ThreadScheduling } from './scheduling.ts'
import { LinuxPort, type PortHost } from './udp-port.ts'

/** Opens the linux engine in this thread; throws a Fault where koffi or Linux is missing. */
export function openLinuxEngine(options: EngineOptions): Engine {
  return new LinuxEngine(loadLibc(), options)
}

class LinuxEngine implements Engine {
  readonly baseSeconds: number
  readonly #libc: Libc
  readonly #clock: LinuxClock
  readonly #scheduling: ThreadScheduling
  readonly #polls: PollSet
  readonly #loop: Loop
  readonly #host: PortHost
  readonly #hostDrops = new HostDrops()
  readonly #stopFlag: Int32Array | undefined
  readonly #fixed: Omit<Capabilities, 'scheduling'>
  #program: Program | null = null
  readonly #icmp: IcmpPort[] = []
  #stopped = false

  constructor(libc: Libc, options: EngineOptions) {
    this.#libc = libc
    this.#stopFlag = options.stopFlag
    this.#clock = new LinuxClock(libc)
    this.baseSeconds = this.#clock.baseSeconds
    this.#scheduling = new ThreadScheduling(libc, () => this.#clock.threadNs())
    if (options.scheduling !== 'normal') this.#scheduling.raise()
    this.#polls = new PollSet(libc)
    this.#fixed = fixedCapabilities(libc)
    this.#loop = new Loop({
      clock: this.#clock,
      polls: this.#polls,
      scheduling: this.#scheduling,
      takeCommands: (program) => takeCommands(parentPort, program),
      stopped: () => this.#isStopped(),
    })
    this.#host = {
      libc,
      clock: this.#clock,
      errorQueue: new ErrorQueueReader(libc, this.baseSeconds),
      program: () => this.#program,
      onFlushed: (port) => this.#loop.noteFlushed(port),
      onClosed: (port) => this.#polls.remove(port),
    }
  }

  get capabilities(): Capabilities {
    return { ...this.#fixed, scheduling: this.#scheduling.current }
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
    return readHostClock(this.#libc)
  }

  openPort(options: PortOptions): Port {
    const port = new LinuxPort(this.#host, options)
    this.#polls.add(port)
    return port
  }

  setReceive(mode: 'prompt' | 'at-due'): void {
    // Without kernel stamps a late reading would be a late arrival.
    if (this.#fixed.receiveStamp === 'kernel') this.#loop.receive = mode
  }

  watchEgress(port: Port, peer: Peer): EgressWatch | null {
    return watchEgress(this.#libc, port.local.port, (peer as LinuxPeer).name)
  }

  openIcmp(family: 4 | 6): IcmpPort | null {
    const { libc, clock, program } = this.#host
    const onClosed = (closed: Polled): void => this.#polls.remove(closed)
    const port = openIcmpPort({ libc, clock, program, onClosed }, family)
    if (port === null) return null
    this.#polls.addListener(port)
    this.#icmp.push(port)
    return port
  }

  takeReport(): InstrumentReport {
    let receiveOverflows = 0
    let stampsMissing = 0
    for (const port of this.#polls.ports) {
      receiveOverflows += port.takeDrops()
      stampsMissing += port.departures.missing
      port.departures.missing = 0
    }
    return {
      receiveOverflows,
      hostDrops: this.#hostDrops.take(),
      ...this.#loop.stalls.take(),
      ...this.#clock.steps.take(),
      stampsMissing,
      leftRealTime: this.#scheduling.takeLeftRealTime(),
    }
  }

  post(message: unknown, transfer?: readonly ArrayBuffer[]): void {
    parentPort?.postMessage(message, transfer === undefined ? [] : [...transfer])
  }

  /** Blocks this thread until stopped; then every port is closed and the thread is ordinary again. */
  async run(program: Program): Promise<void> {
    this.#program = program
    try {
      this.#loop.run(program)
    } finally {
      this.#program = null
      for (const port of [...this.#polls.ports, ...this.#icmp]) port.close()
      this.#scheduling.restore()
    }
  }

  stop(): void {
    this.#stopped = true
  }

  #isStopped(): boolean {
    const flag = this.#stopFlag
    return this.#stopped || (flag !== undefined && Atomics.load(flag, 0) !== 0)
  }
}

function fixedCapabilities(libc: Libc): Omit<Capabilities, 'scheduling'> {
  const refused = probeSockets(libc)
  const stamp = refused.stamps === 0 ? 'kernel' : 'user'
  return {
    engine: 'linux',
    setTos: refused.setTos === 0,
    seeTos: refused.seeTos === 0,
    seeTtl: refused.seeTtl === 0,
    receiveStamp: stamp,
    transmitStamp: stamp,
    seeEgress: refused.seeEgress === 0,
    rawIcmp: refused.rawIcmp === 0,
  }
}

function takeCommands(from: MessagePort | null, program: Program): void {
  if (from === null) return
  for (;;) {
    const received = receiveMessageOnPort(from)
    if (received === undefined) return
    program.onCommand(received.message)
  }
}
