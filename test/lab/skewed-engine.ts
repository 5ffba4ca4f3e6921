import type {
  Arrival,
  Capabilities,
  EgressWatch,
  Engine,
  HostClockState,
  IcmpPort,
  InstrumentReport,
  Peer,
  Port,
  PortOptions,
  Program,
} from '../../agent/engine/types.ts'
import { WallSteps } from '../../agent/engine/wall-steps.ts'
import { type Skew, SkewedClock } from './skewed-clock.ts'

/** The same datagram, stamped by the other clock. */
class SkewedArrival implements Arrival {
  bytes = new Uint8Array(0)
  view = new DataView(this.bytes.buffer)
  offset = 0
  length = 0
  truncated = false
  stampNs = 0
  tos = -1
  ttl = -1

  take(arrival: Arrival, stampNs: number): this {
    this.bytes = arrival.bytes as Uint8Array<ArrayBuffer>
    this.view = arrival.view as DataView<ArrayBuffer>
    this.offset = arrival.offset
    this.length = arrival.length
    this.truncated = arrival.truncated
    this.stampNs = stampNs
    this.tos = arrival.tos
    this.ttl = arrival.ttl
    return this
  }
}

/**
 * A real engine on a host whose clock is wrong. All namespaces of a machine share one kernel clock,
 * so here every instant that passes between engine and program is moved as {@link Skew} says, and the
 * kernel's word on its clock is replaced by the claim. Sockets, sending and counting are the real ones.
 */
export class SkewedEngine implements Engine {
  readonly baseSeconds: number
  readonly #real: Engine
  readonly #clock: SkewedClock
  readonly #claim: HostClockState
  readonly #post: (message: unknown) => void
  readonly #steps = new WallSteps()
  readonly #arrival = new SkewedArrival()
  /** As of the last look, like that of the engine below. */
  #offsetNs: number

  /** @param post takes the program's messages in place of a worker's owner */
  constructor(real: Engine, skew: Skew, post: (message: unknown) => void) {
    this.baseSeconds = real.baseSeconds
    this.#real = real
    this.#clock = new SkewedClock(skew, real)
    this.#post = post
    this.#claim = { source: 'adjtimex', synchronised: false, maxErrorNs: null, ...skew.claim }
    this.#offsetNs = this.#clock.offsetNs()
    this.#steps.observe(this.#offsetNs)
  }

  get capabilities(): Capabilities {
    return this.#real.capabilities
  }

  wallNs(): number {
    return this.#clock.wall(this.#real.wallNs())
  }

  monotonicNs(): number {
    return this.#clock.monotonic(this.#real.monotonicNs())
  }

  wallOffsetNs(): number {
    return this.#offsetNs
  }

  hostClock(): HostClockState {
    return this.#claim
  }

  openPort(options: PortOptions): Port {
    return this.#real.openPort(options)
  }

  setReceive(mode: 'prompt' | 'at-due'): void {
    this.#real.setReceive(mode)
  }

  watchEgress(port: Port, peer: Peer): EgressWatch | null {
    return this.#real.watchEgress(port, peer)
  }

  openIcmp(family: 4 | 6): IcmpPort | null {
    return this.#real.openIcmp(family)
  }

  takeReport(): InstrumentReport {
    return { ...this.#real.takeReport(), ...this.#steps.take() }
  }

  post(message: unknown): void {
    this.#post(message)
  }

  stop(): void {
    this.#real.stop()
  }

  run(program: Program): Promise<void> {
    const clock = this.#clock
    return this.#real.run({
      onArrival: (port, arrival) =>
        program.onArrival(port, this.#arrival.take(arrival, clock.wall(arrival.stampNs))),
      onDeparture: (port, tag, stampNs) => program.onDeparture(port, tag, clock.wall(stampNs)),
      onNotSent: (port, tag) => program.onNotSent(port, tag),
      nextDue: () => clock.realOf(program.nextDue()),
      onDue: (nowNs) => {
        this.#look()
        program.onDue(clock.monotonic(nowNs))
      },
      onCommand: (message) => program.onCommand(message),
    })
  }

  /** The engine below looks at its clocks once a turn, before what is due: so does this. */
  #look(): void {
    this.#offsetNs = this.#clock.offsetNs()
    this.#steps.observe(this.#offsetNs)
  }
}
