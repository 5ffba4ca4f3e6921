import { Worker } from 'node:worker_threads'
import { OPENED, type Reply, type WorkerSetup } from './protocol.ts'

/** A database said no, in its own words (`SQLITE_FULL`, `40001`, `STORE` ...). */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Calls into one worker thread; every call is answered, also when the thread dies. */
export class DatabaseThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #next = OPENED + 1
  #dead: StoreError | null = null

  /** Starts the thread; resolves when its database is open. */
  static async start(setup: WorkerSetup): Promise<DatabaseThread> {
    const thread = new DatabaseThread(setup)
    await thread.#opened
    return thread
  }

  readonly #opened: Promise<unknown>

  private constructor(setup: WorkerSetup) {
    this.#worker = new Worker(workerFile(), { workerData: setup })
    this.#opened = this.#wait(OPENED)
    this.#worker.on('message', (reply: Reply) => this.#settle(reply))
    this.#worker.on('error', (error) => this.#die(String(error)))
    this.#worker.on('exit', (code) => this.#die(`the database thread ended with ${code}`))
  }

  /** Runs one method of the repository in the thread. */
  call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    if (this.#dead !== null) return Promise.reject(this.#dead)
    const id = this.#next
    this.#next += 1
    const result = this.#wait(id)
    this.#worker.postMessage({ id, method, args })
    return result as Promise<T>
  }

  #wait(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.ok) waiting?.resolve(reply.value)
    else waiting?.reject(new StoreError(reply.code, reply.message))
  }

  #die(why: string): void {
    this.#dead ??= new StoreError('THREAD', why)
    for (const waiting of this.#waiting.values()) waiting.reject(this.#dead)
    this.#waiting.clear()
  }
}

/** Node 20 cannot load TypeScript: when this file runs from source, the built twin is started. */
function workerFile(): URL {
  const built = import.meta.url.endsWith('.js')
  const path = built ? './worker.js' : '../../../dist/server/store/thread/worker.js'
  return new URL(path, import.meta.url)
}
