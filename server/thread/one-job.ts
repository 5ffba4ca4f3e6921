import { Worker } from 'node:worker_threads'
import { endOf, JobTooMuch } from './job-desk.ts'

/** A month of a site takes a third of this; what needs more ends its thread, not the collector. */
const LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 32 } as const

/**
 * Does one job in a thread of its own that ends with it, and resolves with the one thing it says. At
 * the signal, and whenever this settles, the thread is no more.
 * @param file where its program is; see `workerFile`
 * @param job handed to it as `workerData`
 * @throws JobTooMuch when its memory does not do, the signal's reason, what the thread threw
 */
export async function inThread<Reply>(file: URL, job: object, signal: AbortSignal): Promise<Reply> {
  signal.throwIfAborted()
  const worker = new Worker(file, { workerData: job, resourceLimits: LIMITS })
  try {
    return await new Promise<Reply>((resolve, reject) => {
      endOf(signal).catch(reject)
      worker.once('message', resolve)
      worker.once('error', (error: Error & { readonly code?: string }) => {
        const full = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        reject(full ? new JobTooMuch(error.message) : error)
      })
      worker.once('exit', (code) => reject(new Error(`the thread ended with ${code}`)))
    })
  } finally {
    await worker.terminate()
  }
}
