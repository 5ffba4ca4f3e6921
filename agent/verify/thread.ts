import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Aside } from '../../shared/evidence/read-along.ts'
import { type Answer, PayloadReader, type Question } from '../../shared/evidence/read-payloads.ts'
import { nodeTools } from '../../shared/opening/tools.ts'

/** What the thread is told that it is for: this file may be part of the one that holds everything. */
const ROLE = 'voip-ready payloads'
/** Questions that may wait for their answers. */
const AHEAD = 3

/** True in the thread that {@link startAside} starts. */
export const isPayloadThread = !isMainThread && workerData === ROLE

if (isPayloadThread) serve()

/**
 * A thread that reads payloads and judges by them, while the one that asks holds the lines against
 * keys and log. It answers what a `PayloadReader` answers, for it is one. Null where no thread may be
 * started (the permission model of Node, sources that are not compiled): payloads are read here then.
 */
export function startAside(): (Aside & { readonly close: () => Promise<unknown> }) | null {
  // Plain Node runs no TypeScript.
  if (import.meta.url.endsWith('.ts')) return null
  try {
    const thread = new Thread(new Worker(new URL(import.meta.url), { workerData: ROLE }))
    return { ask: (question) => thread.ask(question), ahead: AHEAD, close: () => thread.close() }
  } catch {
    return null
  }
}

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

class Thread {
  readonly #worker: Worker
  #waiting: Waiting[] = []
  #failed: Error | null = null

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (answer: Answer) => this.#waiting.shift()?.resolve(answer))
    worker.on('error', (error) => this.#fail(error))
    worker.on('exit', () => this.#fail(new Error('the thread that reads payloads ended early')))
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== null) {
        reject(this.#failed)
        return
      }
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(question, [question.octets.buffer as ArrayBuffer])
    })
  }

  close(): Promise<unknown> {
    return this.#worker.terminate()
  }

  #fail(error: Error): void {
    this.#failed ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failed)
  }
}

function serve(): void {
  const reader = new PayloadReader(nodeTools)
  parentPort?.on('message', (question: Question) => {
    const answer = reader.read(question)
    const { packed, octets } = answer
    // Handed over, not copied.
    parentPort?.postMessage(answer, [packed.buffer as ArrayBuffer, octets.buffer as ArrayBuffer])
  })
}
