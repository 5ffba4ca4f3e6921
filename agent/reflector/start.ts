import { Worker } from 'node:worker_threads'
import { Fault, type FaultCode } from '../../shared/errors.ts'
import type { EngineKind } from '../engine/open.ts'
import type { Capabilities, Port } from '../engine/types.ts'
import { workerFile } from '../engine/worker-file.ts'
import { type Bounds, defaultBounds } from './bounds.ts'
import { type Counters, type ReflectorTally, zeroCounters } from './counters.ts'
import { fingerprint, type KnownKey, knownKeys, readKeys } from './keys.ts'
import type { PortsAnswered, PortsAsked } from './program.ts'
import type { Responder } from './responder/responder.ts'
import type { RowsSigned, SigningPlan } from './signing.ts'
import type { ReflectorWorkerData } from './worker.ts'

const KEYS_EVERY_MS = 500
const STOP_WITHIN_MS = 3000

export interface ReflectorOptions {
  /** Literal address; 0.0.0.0 or :: for all. */
  readonly address: string
  /** 0 lets the kernel choose. */
  readonly port: number
  /** Access keys file; read again whenever it changes. */
  readonly keysFile: string
  readonly bounds?: Partial<Bounds>
  readonly engine?: EngineKind
  /** Signs receipts with this key; absent: none are offered. */
  readonly signing?: SigningPlan
  /** Called with raw rows whose digest was signed, where the plan keeps them. */
  readonly onRows?: (rows: RowsSigned['signed']) => void
  /** Answers questions about ports; stopped with the reflector. */
  readonly responder?: Responder
  /** Called with the new keys when the file has changed. */
  readonly onKeys?: (keys: readonly KnownKey[]) => void
  /** Called when the keys file can no longer be read; the last good keys stay. */
  readonly onWarning?: (message: string) => void
}

export interface RunningReflector {
  readonly local: Port['local']
  readonly capabilities: Capabilities
  /** Counters by reason and open sessions, at most a second old. */
  counters(): { readonly counters: Counters; readonly sessions: number }
  /** The same, asked for now. */
  tally(): Promise<{ readonly counters: Counters; readonly sessions: number }>
  /** Resolves when the reflector has ended, with the fault that ended it, if any. */
  readonly ended: Promise<Fault | null>
  stop(): Promise<void>
}

type Message =
  | { readonly type: 'ready'; readonly local: Port['local']; readonly capabilities: Capabilities }
  | { readonly type: 'fault'; readonly code: FaultCode; readonly message: string }
  | ReflectorTally
  | PortsAsked
  | RowsSigned

/** Starts a reflector in its own thread; rejects with a Fault when keys or port are not to be had. */
export async function startReflector(options: ReflectorOptions): Promise<RunningReflector> {
  const seen = fingerprint(options.keysFile)
  const keys = knownKeys(readKeys(options.keysFile))
  const stopFlag = new Int32Array(new SharedArrayBuffer(4))
  const workerData: ReflectorWorkerData = {
    address: options.address,
    port: options.port,
    engine: options.engine ?? 'auto',
    bounds: { ...defaultBounds(), ...options.bounds },
    keys,
    stopFlag,
    responder: options.responder !== undefined,
    ...(options.signing === undefined ? {} : { signing: options.signing }),
  }
  const worker = new Worker(workerFile(import.meta.url, 'worker'), { workerData })
  const told = listen(worker)
  options.responder?.setKeys(keys)
  worker.on('message', (message: Message) => {
    if (message.type === 'rows') options.onRows?.(message.signed)
    if (message.type === 'ports') answerPorts(worker, options.responder, message)
  })
  const ready = await told.ready
  const watch = watchKeys(worker, options, seen)
  return {
    local: ready.local,
    capabilities: ready.capabilities,
    counters: () => told.tally(),
    tally: () => told.ask(worker),
    ended: told.ended.finally(() => clearInterval(watch)),
    stop: async () => {
      clearInterval(watch)
      await options.responder?.stop()
      Atomics.store(stopFlag, 0, 1)
      worker.postMessage({ type: 'stop' })
      const late = setTimeout(() => void worker.terminate(), STOP_WITHIN_MS)
      await told.ended
      clearTimeout(late)
    },
  }
}

function answerPorts(worker: Worker, responder: Responder | undefined, told: PortsAsked): void {
  const { asked, header } = told
  const answer = responder?.answer(asked)
  if (answer === undefined || answer === null) return
  const message: PortsAnswered = { type: 'ports-answer', peer: asked.peer, header, answer }
  worker.postMessage(message)
}

type Tally = Pick<ReflectorTally, 'counters' | 'sessions'>

interface Told {
  readonly ready: Promise<Extract<Message, { type: 'ready' }>>
  readonly ended: Promise<Fault | null>
  tally(): Tally
  ask(worker: Worker): Promise<Tally>
}

function listen(worker: Worker): Told {
  let last: Tally = { counters: zeroCounters(), sessions: 0 }
  let fault: Fault | null = null
  let waiting: ((tally: Tally) => void)[] = []
  let resolveReady: (message: Extract<Message, { type: 'ready' }>) => void
  let rejectReady: (fault: Fault) => void
  const ready = new Promise<Extract<Message, { type: 'ready' }>>((resolve, reject) => {
    resolveReady = resolve
    rejectReady = reject
  })
  const failed = (code: FaultCode, text: string): void => {
    fault = toldFault(code, text)
    rejectReady(fault)
  }
  worker.on('error', (error) => failed('ENGINE', String(error)))
  worker.on('message', (message: Message) => {
    if (message.type === 'ready') resolveReady(message)
    if (message.type === 'fault') failed(message.code, message.message)
    if (message.type !== 'tally') return
    last = message
    if (message.asked) for (const resolve of waiting.splice(0)) resolve(message)
  })
  const ended = new Promise<Fault | null>((resolve) => {
    worker.once('exit', () => {
      for (const wake of waiting) wake(last)
      waiting = []
      resolve(fault)
    })
  })
  const ask = (to: Worker): Promise<Tally> => {
    to.postMessage({ type: 'tally' })
    return new Promise((resolve) => waiting.push(resolve))
  }
  return { ready, ended, tally: () => last, ask }
}

/** A fault of the worker as the worker worded it. */
function toldFault(code: FaultCode, text: string): Fault {
  const fault = new Fault(code, 'reflector', 'to run', 'a fault')
  fault.message = text
  return fault
}

/** Reads the keys again when their file changes: a revocation counts within a second. */
function watchKeys(worker: Worker, options: ReflectorOptions, first: string): NodeJS.Timeout {
  let seen = first
  const timer = setInterval(() => {
    const now = fingerprint(options.keysFile)
    if (now === seen) return
    seen = now
    try {
      const keys = knownKeys(readKeys(options.keysFile))
      worker.postMessage({ type: 'keys', keys })
      options.responder?.setKeys(keys)
      options.onKeys?.(keys)
    } catch (error) {
      options.onWarning?.(error instanceof Error ? error.message : String(error))
    }
  }, KEYS_EVERY_MS)
  timer.unref()
  return timer
}
