import { Worker } from 'node:worker_threads'
import type { Capabilities, EngineOptions, Returned } from '../../agent/engine/types.ts'

/** What the worker posts; see engine-worker.mjs. */
export interface EngineEvent {
  readonly event:
    | 'ready'
    | 'arrival'
    | 'departure'
    | 'not-sent'
    | 'due'
    | 'ended'
    | 'icmp'
    | 'returned'
  readonly name: string
  readonly tag: number
  readonly length: number
  readonly truncated: boolean
  readonly stampNs: number
  readonly seenNs: number
  readonly tos: number
  readonly ttl: number
  readonly from: { readonly address: string; readonly port: number }
  readonly isFrom: boolean
  readonly isFromOther: boolean
  readonly lateNs: number
  /** Of an ICMP message. */
  readonly family: 4 | 6
  readonly bytes: Uint8Array
  readonly error: Returned
  readonly capabilities: Capabilities
}

interface Answer {
  readonly event: 'answer'
  readonly id: number
  readonly value?: unknown
  readonly fault?: { readonly code?: string; readonly message: string }
}

/** A refusal that came back from the worker, with the Fault's code. */
export class RemoteFault extends Error {
  readonly code: string | undefined

  constructor(code: string | undefined, message: string) {
    super(message)
    this.code = code
  }
}

/** A worker thread with one engine in it, driven by commands. */
export class EngineDriver {
  readonly events: EngineEvent[] = []
  readonly exited: Promise<number>
  readonly #worker: Worker
  readonly #answers = new Map<number, (answer: Answer) => void>()
  #wake: (() => void)[] = []
  #failure: Error | undefined
  #ids = 0

  constructor(kind: 'linux' | 'dgram', options: EngineOptions = {}) {
    this.#worker = new Worker(new URL('./engine-worker.mjs', import.meta.url), {
      workerData: { kind, options },
    })
    this.exited = new Promise((resolve) => this.#worker.on('exit', resolve))
    this.#worker.on('error', (error: Error) => {
      this.#failure = error
      this.#notify()
    })
    this.#worker.on('message', (message: EngineEvent | Answer) => {
      if (message.event === 'answer') this.#answers.get(message.id)?.(message)
      else this.events.push(message)
      this.#notify()
    })
  }

  /** Runs one command in the worker; rejects with a RemoteFault where it threw. */
  async ask<T>(op: string, rest: object = {}): Promise<T> {
    const id = ++this.#ids
    const answer = await new Promise<Answer>((resolve) => {
      this.#answers.set(id, resolve)
      this.#worker.postMessage({ id, op, ...rest })
    })
    if (answer.fault !== undefined) throw new RemoteFault(answer.fault.code, answer.fault.message)
    return answer.value as T
  }

  of(event: EngineEvent['event'], name?: string): EngineEvent[] {
    return this.events.filter(
      (one) => one.event === event && (name === undefined || one.name === name),
    )
  }

  /** Waits until that many such events were heard; the test's own time limit ends a vain wait. */
  async until(event: EngineEvent['event'], count: number, name?: string): Promise<EngineEvent[]> {
    // What was looked at is not looked at again: tens of thousands of events come in some tests.
    let looked = 0
    let found = 0
    for (;;) {
      for (; looked < this.events.length; looked++) {
        const one = this.events[looked]
        if (one?.event === event && (name === undefined || one.name === name)) found++
      }
      if (found >= count) break
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
    return this.of(event, name)
  }

  async stop(): Promise<void> {
    if (this.of('ended').length === 0) await this.ask('stop')
    await this.until('ended', 1)
    await this.exited
  }

  #notify(): void {
    const wake = this.#wake
    this.#wake = []
    for (const one of wake) one()
  }
}
