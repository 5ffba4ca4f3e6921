import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../shared/errors.ts'
import { type EngineKind, openEngine } from '../engine/open.ts'
import { type ReflectorPlan, runReflectorOn } from './run-on-engine.ts'

/** What the owner hands to the worker. */
export interface ReflectorWorkerData extends ReflectorPlan {
  readonly engine: EngineKind
  readonly stopFlag: Int32Array
}

/** Entry of the reflector's worker: one engine, one port, one program, until stopped. */
try {
  const data = workerData as ReflectorWorkerData
  await runReflectorOn(await openEngine(data.engine, { stopFlag: data.stopFlag }), data)
} catch (error) {
  const code = error instanceof Fault ? error.code : 'ENGINE'
  const message = error instanceof Error ? error.message : String(error)
  parentPort?.postMessage({ type: 'fault', code, message })
}
parentPort?.close()
