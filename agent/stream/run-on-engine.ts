import { randomBytes } from 'node:crypto'
import { keyedHash } from '../engine/keyed-hash.ts'
import type { Engine } from '../engine/types.ts'
import { StreamProgram } from './program.ts'
import type { StreamPlan } from './types.ts'

/** Runs a plan on an engine until it is done or stopped; events are posted to the engine's owner. */
export async function runStreamsOn(engine: Engine, plan: StreamPlan): Promise<void> {
  const program = new StreamProgram({
    engine,
    plan,
    hash: keyedHash,
    random: (bytes) => randomBytes(bytes),
    emit: (event, transfer) => engine.post(event, transfer),
  })
  await engine.run(program)
}
