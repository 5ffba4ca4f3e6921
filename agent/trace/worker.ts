import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../shared/errors.ts'
import { keyedHash } from '../engine/keyed-hash.ts'
import { openEngine } from '../engine/open.ts'
import { TraceProgram } from './program.ts'
import type { TraceEvent, TracePlan } from './types.ts'

/** What the owner hands to the worker. */
export interface TraceWorkerData {
  readonly plan: TracePlan
  readonly stopFlag: Int32Array
}

/** Entry of the trace worker: one engine, one program, until every way is traced or it is stopped. */
try {
  const { plan, stopFlag } = workerData as TraceWorkerData
  const engine = await openEngine(plan.engine, { stopFlag, scheduling: 'normal' })
  const emit = (event: TraceEvent): void => engine.post(event)
  const random = (bytes: number): Uint8Array => Uint8Array.from(randomBytes(bytes))
  await engine.run(new TraceProgram({ engine, plan, hash: keyedHash, random }, emit))
} catch (error) {
  const code = error instanceof Fault ? error.code : 'ENGINE'
  const message = error instanceof Error ? error.message : String(error)
  const fault: TraceEvent = { type: 'fault', code, message }
  parentPort?.postMessage(fault)
}
parentPort?.close()
