import { decodeIcmp4, decodeIcmp6 } from '../../shared/wire/icmp.ts'
import type { Arrival, IcmpPort, Port, Program, Returned } from '../engine/types.ts'
import { TargetTrace, type TraceMeans } from './target-trace.ts'
import type { Traced, TraceEvent } from './types.ts'

const PROGRESS_NS = 250e6

/** Traces the ways to all far ends of a plan on one engine. */
export class TraceProgram implements Program {
  readonly #means: TraceMeans
  readonly #emit: (event: TraceEvent) => void
  readonly #traces: readonly TargetTrace[]
  readonly #listeners: readonly IcmpPort[]
  #nextProgressNs = 0
  #ended = false

  constructor(means: Omit<TraceMeans, 'method'>, emit: (event: TraceEvent) => void) {
    const { engine, plan } = means
    const families = new Set(
      plan.targets.map((one) => (one.address.includes(':') ? 6 : 4) as 4 | 6),
    )
    const heard = [...families].map((family) => engine.openIcmp(family))
    this.#listeners = heard.filter((port) => port !== null)
    this.#means = {
      ...means,
      method: methodOf(
        heard.every((port) => port !== null),
        engine,
      ),
    }
    this.#emit = emit
    emit({ type: 'ready', capabilities: engine.capabilities })
    const traced = this.#means.method === 'none' ? [] : plan.targets
    this.#traces = traced.map((target, turn) => new TargetTrace(this.#means, target, turn))
  }

  onArrival(port: Port, arrival: Arrival): void {
    this.#of(port)?.onArrival(port, arrival)
  }

  onDeparture(port: Port, tag: number, stampNs: number): void {
    this.#of(port)?.onDeparture(tag, stampNs)
  }

  onNotSent(port: Port, tag: number): void {
    this.#of(port)?.onNotSent(tag)
  }

  onIcmp(port: IcmpPort, arrival: Arrival): void {
    const { bytes, offset, length, stampNs } = arrival
    const message = bytes.subarray(offset, offset + length)
    const decoded = port.family === 4 ? decodeIcmp4(message) : decodeIcmp6(message)
    if (!decoded.ok) return
    const from = port.senderOf(arrival)
    for (const trace of this.#traces) if (trace.onIcmp(decoded.value, from, stampNs)) return
  }

  onReturned(port: Port, error: Returned): void {
    this.#of(port)?.onReturned(error)
  }

  nextDue(): number {
    if (this.#ended) return Number.POSITIVE_INFINITY
    if (this.#traces.every((trace) => trace.done)) return 0
    return this.#traces.reduce((due, trace) => Math.min(due, trace.nextDue()), this.#nextProgressNs)
  }

  onDue(nowNs: number): void {
    for (const trace of this.#traces) trace.onDue(nowNs)
    if (nowNs >= this.#nextProgressNs) this.#progress(nowNs)
    if (!this.#ended && this.#traces.every((trace) => trace.done)) this.#end()
  }

  /** Nothing is commanded: who wants it to end sets the stop flag. */
  onCommand(): void {}

  #progress(nowNs: number): void {
    this.#nextProgressNs = nowNs + PROGRESS_NS
    const [done, of] = this.#traces
      .map((trace) => trace.progress)
      .reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0])
    this.#emit({ type: 'progress', done: done ?? 0, of: of ?? 0 })
  }

  #end(): void {
    this.#ended = true
    const { engine, plan, method } = this.#means
    for (const trace of this.#traces) this.#emit({ type: 'traced', traced: trace.result() })
    if (method === 'none') for (const target of plan.targets) this.#emit(this.#nothing(target))
    for (const port of this.#listeners) port.close()
    engine.stop()
  }

  #nothing(target: Traced['target']): TraceEvent {
    const { engine } = this.#means
    const now = engine.baseSeconds * 1000 + Math.round(engine.wallNs() / 1e6)
    const none = { method: 'none', leftTos: null, rows: [] } as const
    return { type: 'traced', traced: { target, from: now, to: now, ...none } }
  }

  #of(port: Port): TargetTrace | undefined {
    return this.#traces.find((trace) => trace.owns(port))
  }
}

/** Raw ICMP where it is granted; else what the kernel returns to the socket; elsewhere nothing. */
function methodOf(raw: boolean, { capabilities }: TraceMeans['engine']): Traced['method'] {
  if (raw) return 'raw'
  return capabilities.engine === 'linux' ? 'returned' : 'none'
}
