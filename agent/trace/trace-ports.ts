import { CONTROL_MAX } from '../../shared/wire/control.ts'
import type { Engine, Peer, Port } from '../engine/types.ts'
import { type Flow, writeTraceProbe } from './probe-packet.ts'
import type { Traced, TracePlan, TraceTarget } from './types.ts'

/** Fills an Ethernet frame: 1500 octets with its headers. */
export const LARGE_IP = 1500
export const CONTROL_TAG = 0xffffffff
const USUAL_TTL = 64

/** The sockets towards one far end: the voice flow's own, and one for each other source port. */
export class TracePorts {
  readonly all: readonly Port[]
  readonly #peers: readonly Peer[]
  readonly #ttls: number[]

  constructor(engine: Engine, plan: TracePlan, target: TraceTarget, method: Traced['method']) {
    const any = target.address.includes(':') ? '::' : '0.0.0.0'
    const options = {
      ...{ address: plan.localAddress ?? any, port: 0, tos: plan.dscp << 2, batch: 4 },
      ...{ maxDatagram: Math.max(LARGE_IP, CONTROL_MAX + 1), dontFragment: true },
      ...(method === 'returned' ? { returned: true } : {}),
    }
    this.all = Array.from({ length: 1 + plan.spread }, () => engine.openPort(options))
    this.#peers = this.all.map((port) => port.peer(target.address, target.port))
    this.#ttls = this.all.map(() => USUAL_TTL)
  }

  get voice(): Port {
    return this.all[0]!
  }
  get voicePeer(): Peer {
    return this.#peers[0]!
  }

  isFromPeer(port: Port, arrival: Parameters<Port['isFrom']>[0]): boolean {
    const peer = this.#peers[this.all.indexOf(port)]
    return peer !== undefined && port.isFrom(arrival, peer)
  }

  /** Sends one probe of `length` octets of UDP payload over flow `at`. */
  probe(at: number, ttl: number, length: number, flow: Flow, sequence: number): void {
    const port = this.#withTtl(at, ttl)
    const slot = port.stage(this.#peers[at]!, length, sequence)
    if (slot < 0) return
    writeTraceProbe(port.outgoingView, slot, length, flow, sequence)
    port.flush()
  }

  control(datagram: Uint8Array): void {
    const port = this.#withTtl(0, USUAL_TTL)
    const slot = port.stage(this.voicePeer, datagram.length, CONTROL_TAG)
    if (slot < 0) return
    port.outgoing.set(datagram, slot)
    port.flush()
  }

  close(): void {
    for (const port of this.all) port.close()
  }

  #withTtl(at: number, ttl: number): Port {
    const port = this.all[at]!
    if (this.#ttls[at] !== ttl) port.setTtl?.(ttl)
    this.#ttls[at] = ttl
    return port
  }
}
