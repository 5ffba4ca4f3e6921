import { Worker } from 'node:worker_threads'
import { Fault } from '../../shared/errors.ts'
import { workerFile } from '../engine/worker-file.ts'
import { MAX_CALLS } from './sender.ts'
import type { RunningStreams, StreamEvent, StreamPlan } from './types.ts'

/** How long a stopped worker may take for draining, receipts and closing. */
const STOP_WITHIN_MS = 20_000

/**
 * Starts the worker that streams a plan. Events come in order to every listener; those before the
 * first listener are kept for it. Throws a Fault on a plan that cannot be run.
 */
export function startStreams(plan: StreamPlan): RunningStreams {
  checkPlan(plan)
  const worker = new Worker(workerFile(import.meta.url, 'worker'), { workerData: { plan } })
  const listeners: ((event: StreamEvent) => void)[] = []
  const early: StreamEvent[] = []
  let isOver = false
  const tell = (event: StreamEvent): void => {
    isOver ||= event.type === 'done' || event.type === 'fault'
    if (listeners.length === 0) early.push(event)
    for (const listener of listeners) listener(event)
  }
  worker.on('message', tell)
  worker.on('error', (error) => tell({ type: 'fault', code: 'ENGINE', message: String(error) }))
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  // Whoever waits for the end hears of it, however the thread went.
  void ended.then(() => {
    if (!isOver) tell({ type: 'fault', code: 'ENGINE', message: 'the stream thread was ended' })
  })
  return {
    on: (listener) => {
      listeners.push(listener)
      for (const event of early.splice(0)) listener(event)
    },
    stop: async () => {
      worker.postMessage({ type: 'stop' })
      const late = setTimeout(() => void worker.terminate(), STOP_WITHIN_MS)
      await ended
      clearTimeout(late)
    },
  }
}

function checkPlan(plan: StreamPlan): void {
  if (plan.targets.length === 0)
    throw new Fault('CONFIG_VALUE', 'stream plan', 'at least one far end', 'none')
  for (const { farEnd, calls } of plan.targets)
    if (!Number.isInteger(calls) || calls < 1 || calls > MAX_CALLS)
      throw new Fault('CONFIG_VALUE', `calls to ${farEnd}`, `1 to ${MAX_CALLS}`, calls)
  if (plan.windows === 'run' && !((plan.durationMs ?? 0) >= 20))
    throw new Fault('CONFIG_VALUE', 'duration', 'at least 20 ms', plan.durationMs ?? 'none')
}
