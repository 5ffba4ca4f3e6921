import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../shared/errors.ts'
import { keyedHash } from '../engine/keyed-hash.ts'
import { openEngine } from '../engine/open.ts'
import { StreamProgram } from './program.ts'
import type { StreamEvent, StreamPlan } from './types.ts'

/** Entry of the stream worker: one engine, one program, until its plan is done or it is stopped. */
const { plan } = workerData as { readonly plan: StreamPlan }
try {
  const engine = await openEngine(plan.engine)
  const program = new StreamProgram({
    engine,
    plan,
    hash: keyedHash,
    random: (bytes) => randomBytes(bytes),
    emit: (event, transfer) => engine.post(event, transfer),
  })
  await engine.run(program)
} catch (error) {
  const code = error instanceof Fault ? error.code : 'ENGINE'
  const message = error instanceof Error ? error.message : String(error)
  const fault: StreamEvent = { type: 'fault', code, message }
  parentPort?.postMessage(fault)
}
// What listens for the owner's messages must not keep the thread.
parentPort?.close()
