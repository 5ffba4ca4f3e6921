import { Worker } from 'node:worker_threads'
import { type FaultParts, OPENED, type Reply } from './protocol.ts'

/** A thread said no, in the words of what went wrong there (`SQLITE_FULL`, `40001`, `STORE` ...). */
export class ThreadError extends Error {
  override readonly name = 'ThreadError'
  readonly code: string
  /** What the fault was made of, when it was one. */
  readonly fault: FaultParts | null

  constructor(code: string, message: string, fault: FaultParts | null = null) {
    super(message)
    this.code = code
    this.fault = fault
  }
}

/**
 * What a call makes is soon garbage: by default a thread holds some twenty-five megabytes more, and is no
 * faster. With half of this the answers of a call outlive two collections, and are copied by each: a tenth
 * of what a record in a batch costs (measured).
 */
const LIMITS = { maxYoungGenerationSizeMb: 12 } as const

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Calls into one worker thread; every call is answered, also when the thread dies. */
export class CallingThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #next = OPENED + 1
  #dead: ThreadError | null = null

  /**
   * Starts the thread; resolves when it says that it is open.
   * @param file where its program is; see {@link workerFile}
   * @param setup handed to it as `workerData`
   */
  static async start(file: URL, setup: unknown): Promise<CallingThread> {
    const thread = new CallingThread(file, setup)
    await thread.#opened
    return thread
  }

  readonly #opened: Promise<unknown>

  private constructor(file: URL, setup: unknown) {
    this.#worker = new Worker(file, { workerData: setup, resourceLimits: LIMITS })
    this.#opened = this.#wait(OPENED)
    this.#worker.on('message', (reply: Reply) => this.#settle(reply))
    this.#worker.on('error', (error) => this.#die(String(error)))
    this.#worker.on('exit', (code) => this.#die(`the thread ended with ${code}`))
  }

  /** Runs one of its methods in the thread. @throws ThreadError */
  call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.callMoving([], method, ...args)
  }

  /**
   * The same, with memory that goes to the thread instead of being copied: here it is gone.
   * @throws ThreadError
   */
  callMoving<T>(
    moved: readonly ArrayBuffer[],
    method: string,
    ...args: readonly unknown[]
  ): Promise<T> {
    if (this.#dead !== null) return Promise.reject(this.#dead)
    const id = this.#next
    this.#next += 1
    const result = this.#wait(id)
    this.#worker.postMessage({ id, method, args }, moved)
    return result as Promise<T>
  }

  #wait(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.ok) waiting?.resolve(reply.value)
    else waiting?.reject(new ThreadError(reply.code, reply.message, reply.fault))
  }

  #die(why: string): void {
    this.#dead ??= new ThreadError('THREAD', why)
    for (const waiting of this.#waiting.values()) waiting.reject(this.#dead)
    this.#waiting.clear()
  }
}
