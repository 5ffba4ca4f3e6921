import {
  CONTROL_FIRST_OCTET,
  type ControlHeader,
  type KeyedHash,
} from '../../shared/wire/control.ts'
import type { PortsAnswer } from '../../shared/wire/port-talk.ts'
import { rtpVersion } from '../../shared/wire/rtp.ts'
import type { Arrival, Engine, Peer, Port, Program } from '../engine/types.ts'
import type { Bounds } from './bounds.ts'
import { ControlDesk } from './control-desk.ts'
import { type CounterName, type Counters, type ReflectorTally, zeroCounters } from './counters.ts'
import { CONTROL_TAG, Echo } from './echo.ts'
import { EgressWatches } from './egress-watches.ts'
import type { KnownKey } from './keys.ts'
import type { ReflectorStanding } from './receipts.ts'
import type { AskedPorts } from './responder/responder.ts'
import { SessionTable } from './session-table.ts'
import { type Signing, statementsOn } from './signing.ts'
import { SipMirror } from './sip-mirror.ts'
import { TokenBucket } from './token-bucket.ts'

const SECOND_NS = 1e9
/** A receipt speaks of the moment it is given: what it says of the host is at most this old. */
const STANDING_NS = 100e6
const FIRST_UNPRIVILEGED_PORT = 1024
const SIP_FIRST_OCTET = 0x49
const CONTROL_OR_SIP: ReadonlySet<number> = new Set([CONTROL_FIRST_OCTET, SIP_FIRST_OCTET])
/** EF: what nearly every session asks for, so the port starts with it. */
export const USUAL_TOS = 0xb8

export interface ReflectorSetup {
  readonly engine: Engine
  readonly port: Port
  readonly bounds: Bounds
  readonly keys: readonly KnownKey[]
  readonly hash: KeyedHash
  readonly random: (bytes: number) => Uint8Array
  /** Every address of this host, so that it never answers itself. */
  readonly ownAddresses: ReadonlySet<string>
  /** True where the owner answers questions about ports. */
  readonly responder: boolean
  /** Signs receipts; null: none are offered. */
  readonly signing: Signing | null
}

/** A question about ports, for the owner. */
export interface PortsAsked {
  readonly type: 'ports'
  readonly asked: AskedPorts
  readonly header: ControlHeader
}

/** What the owner's responder answers to it. */
export interface PortsAnswered {
  readonly type: 'ports-answer'
  readonly peer: AskedPorts['peer']
  readonly header: ControlHeader
  readonly answer: PortsAnswer
}

/** The reflector as a program on an engine: RTP is echoed, control is answered, time sweeps. */
export class ReflectorProgram implements Program {
  readonly #setup: ReflectorSetup
  readonly #counters = zeroCounters()
  readonly #table = new SessionTable()
  readonly #desk: ControlDesk
  readonly #echo: Echo
  readonly #egress: EgressWatches
  readonly #controlRate: TokenBucket
  readonly #sip: SipMirror<Peer>
  #nextSweepNs: number
  #standing: ReflectorStanding
  #standingNs: number

  constructor(setup: ReflectorSetup) {
    const { engine, bounds, hash, random } = setup
    const now = engine.monotonicNs()
    this.#setup = setup
    this.#standingNs = now
    this.#standing = {
      capabilities: engine.capabilities,
      clock: engine.hostClock(),
      clockSteps: 0,
      receiveOverflows: 0,
    }
    const total = new TokenBucket(bounds.packetsPerSecond, bounds.packetsPerSecond, now)
    this.#echo = new Echo(this.#table, this.#counters, total, engine, USUAL_TOS)
    this.#egress = new EgressWatches(engine)
    this.#controlRate = new TokenBucket(bounds.controlPerSecond, bounds.controlPerSecond, now)
    this.#desk = new ControlDesk({
      bounds,
      table: this.#table,
      counters: this.#counters,
      hash,
      random,
      capabilities: engine.capabilities,
      bootId: Buffer.from(random(8)).toString('hex'),
      standing: () => this.#standingNow(),
      statements: statementsOn(engine, setup.signing, () => this.#standingNow(), now),
      askResponder: setup.responder
        ? (asked, header) => engine.post({ type: 'ports', asked, header } satisfies PortsAsked)
        : null,
    })
    this.#desk.setKeys(setup.keys, now)
    this.#sip = new SipMirror(hash)
    this.#sip.setKeys(setup.keys)
    this.#nextSweepNs = now + SECOND_NS
  }

  get sessions(): number {
    return this.#table.size
  }
  get counters(): Readonly<Counters> {
    return this.#counters
  }

  onArrival(port: Port, arrival: Arrival): void {
    this.#counters.received += 1
    const first = arrival.length > 0 ? arrival.bytes[arrival.offset]! : 0
    const now = this.#setup.engine.monotonicNs()
    if (arrival.truncated) this.#counters['drop-truncated'] += 1
    else if (rtpVersion(first) === 2) this.#echo.arrive(port, arrival, now)
    else if (CONTROL_OR_SIP.has(first)) this.#control(port, arrival, now)
    else this.#counters['drop-not-ours'] += 1
  }

  #control(port: Port, arrival: Arrival, now: number): void {
    const reason = this.#answer(port, arrival, now)
    if (reason !== undefined) this.#counters[reason] += 1
  }

  #answer(port: Port, arrival: Arrival, now: number): CounterName | undefined {
    if (!this.#controlRate.take(now)) return 'drop-control-rate'
    const peer = port.peerOf(arrival)
    if (peer.port < FIRST_UNPRIVILEGED_PORT) return 'drop-low-port'
    if (this.#isOwn(port, peer)) return 'drop-own-address'
    const { bytes, offset, length } = arrival
    if (bytes[offset] === SIP_FIRST_OCTET) return this.#mirror(port, arrival, peer, now)
    const answer = this.#desk.answer(bytes.subarray(offset, offset + length), peer, now)
    return answer === undefined ? undefined : this.#send(port, peer, answer)
  }

  #send(port: Port, peer: Peer, answer: Uint8Array): CounterName | undefined {
    let at = port.stage(peer, answer.length, CONTROL_TAG)
    if (at < 0) {
      this.#echo.flush(port)
      at = port.stage(peer, answer.length, CONTROL_TAG)
    }
    if (at < 0) return 'not-sent'
    port.outgoing.set(answer, at)
    this.#echo.countStaged()
    return undefined
  }

  #mirror(port: Port, arrival: Arrival, peer: Peer, now: number): CounterName | undefined {
    const { bytes, offset, length } = arrival
    // A copy: an answer may be held back for longer than the arena keeps its bytes.
    const answer = this.#sip.take(bytes.slice(offset, offset + length), peer, now)
    if (answer === 'silence') return 'drop-sip'
    if (answer === 'held') return undefined
    return this.#send(port, peer, answer.bytes) ?? 'mirrored'
  }

  #isOwn(port: Port, peer: Peer): boolean {
    if (peer.port !== port.local.port) return false
    return peer.address === port.local.address || this.#setup.ownAddresses.has(peer.address)
  }

  onDeparture(_port: Port, tag: number, stampNs: number): void {
    if (tag !== CONTROL_TAG) this.#echo.departed(tag, stampNs)
  }

  onNotSent(_port: Port, tag: number): void {
    if (tag === CONTROL_TAG) this.#counters['not-sent'] += 1
    else this.#echo.notSent(tag)
  }

  /** At once while answers are staged: the engine comes back when it has read what waits. */
  nextDue(): number {
    return this.#echo.staged > 0 ? 0 : Math.min(this.#nextSweepNs, this.#sip.nextDue())
  }

  onDue(nowNs: number): void {
    const { port } = this.#setup
    for (const { to, bytes } of this.#sip.due(nowNs))
      this.#counters[this.#send(port, to, bytes) ?? 'mirrored'] += 1
    this.#echo.flush(port)
    if (nowNs >= this.#nextSweepNs) this.#sweep(nowNs)
  }

  #sweep(nowNs: number): void {
    this.#nextSweepNs = nowNs + SECOND_NS
    this.#counters.expired += this.#table.sweep(
      nowNs,
      ({ lastHeardNs, endsNs, identity }) =>
        nowNs >= endsNs || nowNs - lastHeardNs > identity.granted.idleSeconds * SECOND_NS,
    )
    this.#egress.look(this.#setup.port, this.#table.sessions())
    this.#look(nowNs)
    this.#tally(false)
  }

  #standingNow(): ReflectorStanding {
    const now = this.#setup.engine.monotonicNs()
    if (now - this.#standingNs >= STANDING_NS) this.#look(now)
    return this.#standing
  }

  /** Adds what the engine counted since the last look. */
  #look(nowNs: number): void {
    const { engine } = this.#setup
    const report = engine.takeReport()
    const { clockSteps, receiveOverflows } = this.#standing
    this.#standingNs = nowNs
    this.#standing = {
      ...this.#standing,
      clock: engine.hostClock(),
      clockSteps: clockSteps + report.wallSteps,
      receiveOverflows:
        report.receiveOverflows < 0 ? -1 : receiveOverflows + report.receiveOverflows,
    }
  }

  #tally(asked: boolean): void {
    const tally: ReflectorTally = {
      type: 'tally',
      counters: { ...this.#counters },
      sessions: this.#table.size,
      asked,
    }
    this.#setup.engine.post(tally)
  }

  /** `{ type: 'keys', keys }` replaces the access keys; `{ type: 'tally' }` asks for the counters now. */
  onCommand(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('type' in message)) return
    if (message.type === 'keys' && 'keys' in message) {
      this.#desk.setKeys(message.keys as KnownKey[], this.#setup.engine.monotonicNs())
      this.#sip.setKeys(message.keys as KnownKey[])
    }
    if (message.type === 'tally') this.#tally(true)
    if (message.type === 'ports-answer') this.#sayPorts(message as PortsAnswered)
  }

  #sayPorts({ header, peer, answer }: PortsAnswered): void {
    const { port } = this.#setup
    const bytes = this.#desk.portsAnswer(header, answer)
    if (bytes !== undefined) this.#send(port, port.peer(peer.address, peer.port, peer.local), bytes)
  }
}
