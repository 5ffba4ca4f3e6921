import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../shared/errors.ts'
import { openEngine } from '../engine/open.ts'
import { runStreamsOn } from './run-on-engine.ts'
import type { StreamEvent, StreamPlan } from './types.ts'

/** Entry of the stream worker: one engine, one program, until its plan is done or it is stopped. */
const { plan } = workerData as { readonly plan: StreamPlan }
try {
  const engine = await openEngine(plan.engine)
  await runStreamsOn(engine, plan)
} catch (error) {
  const code = error instanceof Fault ? error.code : 'ENGINE'
  const message = error instanceof Error ? error.message : String(error)
  const fault: StreamEvent = { type: 'fault', code, message }
  parentPort?.postMessage(fault)
}
// What listens for the owner's messages must not keep the thread.
parentPort?.close()
