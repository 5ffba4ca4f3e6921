import { Worker } from 'node:worker_threads'
import { Fault } from '../../shared/errors.ts'
import { workerFile } from '../engine/worker-file.ts'
import type { Traced, TraceEvent, TracePlan } from './types.ts'

const MOST_ROUNDS = 600
const MOST_SPREAD = 16

/**
 * Traces the ways of a plan in a worker and resolves with what was seen, one entry a far end (fewer
 * when `signal` ends it early). Throws a Fault on a plan that cannot be run, or when the engine fails.
 */
export async function runTrace(
  plan: TracePlan,
  onProgress: (done: number, of: number) => void,
  signal: AbortSignal,
): Promise<readonly Traced[]> {
  checkPlan(plan)
  const stopFlag = new Int32Array(new SharedArrayBuffer(4))
  const stop = (): void => void Atomics.store(stopFlag, 0, 1)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const worker = new Worker(workerFile(import.meta.url, 'worker'), {
    workerData: { plan, stopFlag },
  })
  const traced: Traced[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (event: TraceEvent) => {
        if (event.type === 'progress') onProgress(event.done, event.of)
        if (event.type === 'traced') traced.push(event.traced)
        if (event.type === 'fault') {
          const where = `packet engine (${event.code})`
          reject(new Fault('ENGINE', where, 'a running engine', event.message))
        }
      })
      worker.once('error', (error) =>
        reject(new Fault('ENGINE', 'packet engine', 'a running engine', String(error))),
      )
      worker.once('exit', () => resolve())
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return traced
}

function checkPlan({ targets, rounds, spread }: TracePlan): void {
  const whole = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most
  if (targets.length === 0) throw new Fault('CONFIG_VALUE', 'path', 'at least one far end', 'none')
  if (!whole(rounds, 1, MOST_ROUNDS))
    throw new Fault('CONFIG_VALUE', 'rounds of path', `1 to ${MOST_ROUNDS}`, rounds)
  if (!whole(spread, 0, MOST_SPREAD))
    throw new Fault('CONFIG_VALUE', 'spread of path', `0 to ${MOST_SPREAD}`, spread)
}
