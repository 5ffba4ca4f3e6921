import type { Arrival, Port, Program } from '../engine/types.ts'
import type { RunMeans } from './flow.ts'
import { TargetRun } from './target-run.ts'

const REPORT_NS = 1e9
/** With so few calls, arrivals wait for the next departure: half the wake-ups, the same stamps. */
const FEW_CALLS = 20

/** All far ends of a plan on one engine. */
export class StreamProgram implements Program {
  readonly #means: RunMeans
  readonly #runs: readonly TargetRun[]
  readonly #byPort: Map<Port, TargetRun>
  readonly #mayWait: boolean
  #waiting = false
  #nextReportNs: number
  #done = false

  constructor(parts: Omit<RunMeans, 'report'>) {
    const { engine, plan, emit } = parts
    const means = { ...parts, report: () => this.#report() }
    this.#means = means
    emit({ type: 'ready', capabilities: engine.capabilities })
    this.#runs = plan.targets.map((target) => new TargetRun(means, target))
    this.#byPort = new Map(this.#runs.map((run) => [run.port, run]))
    const calls = plan.targets.reduce((sum, target) => sum + target.calls, 0)
    this.#mayWait = calls <= FEW_CALLS && engine.capabilities.receiveStamp === 'kernel'
    this.#nextReportNs = engine.monotonicNs() + REPORT_NS
  }

  onArrival(port: Port, arrival: Arrival): void {
    this.#byPort.get(port)?.onArrival(arrival)
  }

  onDeparture(port: Port, tag: number, stampNs: number): void {
    this.#byPort.get(port)?.onDeparture(tag, stampNs)
  }

  /** A packet that was not sent has no departure: its row says so already. */
  onNotSent(): void {}

  nextDue(): number {
    if (!this.#done && this.#runs.every((run) => run.finished)) return 0
    let due = this.#nextReportNs
    for (const run of this.#runs) due = Math.min(due, run.nextDue())
    return due
  }

  onDue(nowNs: number): void {
    if (nowNs >= this.#nextReportNs) {
      this.#nextReportNs = nowNs + REPORT_NS
      this.#report()
    }
    for (const run of this.#runs) run.onDue(nowNs)
    this.#receive()
    if (!this.#done && this.#runs.every((run) => run.finished)) this.#end()
  }

  #report(): void {
    const { engine } = this.#means
    const report = engine.takeReport()
    const clock = engine.hostClock()
    for (const run of this.#runs) run.addReport(report, clock)
  }

  #receive(): void {
    const waiting = this.#mayWait && this.#runs.every((run) => run.open)
    if (waiting === this.#waiting) return
    this.#waiting = waiting
    this.#means.engine.setReceive(waiting ? 'at-due' : 'prompt')
  }

  #end(): void {
    this.#done = true
    this.#means.emit({ type: 'done' })
    this.#means.engine.stop()
  }

  /** `{ type: 'stop' }` stops sending, drains and closes. */
  onCommand(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('type' in message)) return
    if (message.type !== 'stop') return
    const now = this.#means.engine.monotonicNs()
    for (const run of this.#runs) run.stop(now)
  }
}
