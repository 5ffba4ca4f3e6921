import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Aside } from '../../shared/evidence/read-along.ts'
import { type Answer, PayloadReader, type Question } from '../../shared/evidence/read-payloads.ts'
import { nodeTools } from '../../shared/opening/tools.ts'

/** What the thread is told that it is for: this file may be part of the one that holds everything. */
const ROLE = 'voip-ready payloads'
/** Questions that may wait for their answers. */
const AHEAD = 3
/** Little room for what was just made, which is soon forgotten; what stays may take what it may anywhere. */
const OPTIONS = { workerData: ROLE, resourceLimits: { maxYoungGenerationSizeMb: 24 } }

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
    const thread = new Thread(new Worker(new URL(import.meta.url), OPTIONS))
    return { ask: (question) => thread.ask(question), ahead: AHEAD, close: () => thread.close() }
  } catch {
    return null
  }
}

/** Many small values are handed over several times faster as one text; they are what JSON can say. */
interface Asking extends Omit<Question, 'asked'> {
  readonly asked: string
}

interface Answering extends Omit<Answer, 'payloads'> {
  readonly payloads: string
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
    worker.on('message', (answer: Answering) => {
      const payloads: Answer['payloads'] = JSON.parse(answer.payloads)
      this.#waiting.shift()?.resolve({ ...answer, payloads })
    })
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
      // The octets are shared with the thread, which reads them where they are.
      const asking: Asking = { ...question, asked: JSON.stringify(question.asked) }
      this.#worker.postMessage(asking)
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
  parentPort?.on('message', ({ asked, ...rest }: Asking) => {
    const answer = reader.read({ ...rest, asked: JSON.parse(asked) })
    const answering: Answering = { ...answer, payloads: JSON.stringify(answer.payloads) }
    parentPort?.postMessage(answering)
  })
}
