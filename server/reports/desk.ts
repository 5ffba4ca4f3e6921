import { Worker } from 'node:worker_threads'
import { workerFile } from '../thread/worker-file.ts'
import type { ReportJob, ReportReply } from './job.ts'

/** Reports that may wait for the one that is being made. */
const MOST_WAITING = 3
/** A month of a site takes about a minute; nothing may take for ever. */
const LONGEST_MS = 240_000
/** From being asked to the end, for whoever waits. */
export const PATIENCE_MS = (MOST_WAITING + 2) * LONGEST_MS
/** A month of a site takes a third of this; what needs more ends its thread, not the collector. */
const LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 32 } as const

/** So many wait already that another one is turned away. */
export class ReportsFull extends Error {
  override readonly name = 'ReportsFull'
}

/** A report came to no end within its time or memory. */
export class ReportTooMuch extends Error {
  override readonly name = 'ReportTooMuch'
}

/** The bundle does not hold what is asked. */
export class ReportRefused extends Error {
  override readonly name = 'ReportRefused'
}

/** Makes reports one after the other, each in a thread of its own that ends with it. */
export class ReportDesk {
  readonly #closing = new AbortController()
  readonly #longestMs: number
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(longestMs = LONGEST_MS) {
    this.#longestMs = longestMs
  }

  /**
   * The octets of a report.
   * @param cut what it is made of, got when it is its turn; ends at the signal
   * @param gone ends waiting and making @throws its reason
   * @throws ReportsFull, ReportTooMuch, ReportRefused; what `cut` throws
   */
  async make(
    cut: (signal: AbortSignal) => Promise<ReportJob>,
    gone: AbortSignal,
  ): Promise<Uint8Array> {
    if (this.#waiting > MOST_WAITING) throw new ReportsFull(`${this.#waiting} wait already`)
    this.#waiting += 1
    const given = AbortSignal.any([gone, this.#closing.signal])
    const mine = this.#last.then(() => {
      given.throwIfAborted()
      return this.#run(cut, given)
    })
    this.#last = mine.catch(() => {})
    try {
      // Who is gone holds no place any longer; the next one begins when his thread has ended.
      return await Promise.race([mine, endOf(given)])
    } finally {
      this.#waiting -= 1
    }
  }

  /** Ends what is under way; nobody waits any longer. */
  close(): void {
    this.#closing.abort(new ReportTooMuch('the collector is being stopped'))
  }

  async #run(cut: (signal: AbortSignal) => Promise<ReportJob>, given: AbortSignal) {
    const slow = new ReportTooMuch(`more than ${this.#longestMs / 1000} s`)
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(slow), this.#longestMs)
    const signal = AbortSignal.any([given, late.signal])
    try {
      return await inThread(await Promise.race([cut(signal), endOf(signal)]), signal)
    } finally {
      clearTimeout(timer)
    }
  }
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}

/** @throws ReportTooMuch when its memory does not do, ReportRefused, the signal's reason */
async function inThread(job: ReportJob, signal: AbortSignal): Promise<Uint8Array> {
  signal.throwIfAborted()
  const bundles = job.bundles.map((bundle) => ({ ...bundle, octets: ownOctets(bundle.octets) }))
  const transferList = bundles.map(({ octets }) => octets.buffer)
  const workerData: ReportJob = { ...job, bundles }
  const file = workerFile(import.meta.url, 'server/reports')
  const worker = new Worker(file, { workerData, transferList, resourceLimits: LIMITS })
  try {
    const reply = await new Promise<ReportReply>((resolve, reject) => {
      endOf(signal).catch(reject)
      worker.once('message', resolve)
      worker.once('error', (error: Error & { readonly code?: string }) => {
        const full = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        reject(full ? new ReportTooMuch(error.message) : error)
      })
      worker.once('exit', (code) => reject(new Error(`the thread ended with ${code}`)))
    })
    if (reply.ok) return reply.octets
    if (reply.fault) throw new ReportRefused(reply.why)
    throw new Error(reply.why)
  } finally {
    await worker.terminate()
  }
}

/** A small buffer is a part of the process's own pool, which cannot be handed away. */
function ownOctets(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = octets
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === octets.byteLength
  return isWhole ? new Uint8Array(buffer) : new Uint8Array(octets)
}
