/**
 * The real streams on a host whose clock is wrong. Argument: JSON of {@link SkewedStreams}. Writes one
 * JSON object a line: every event, and for a window what the agent observes in it.
 */
import { writeSync } from 'node:fs'
import { openEngine } from '../../agent/engine/open.ts'
import { observe } from '../../agent/run/observe.ts'
import { runStreamsOn } from '../../agent/stream/run-on-engine.ts'
import type { StreamEvent, StreamPlan } from '../../agent/stream/types.ts'
import { loadProfile } from '../../config/load.ts'
import { measureLimitsOf } from '../../shared/profile/limits.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { Skew } from './skewed-clock.ts'
import { SkewedEngine } from './skewed-engine.ts'

export interface SkewedStreams {
  readonly plan: StreamPlan
  readonly profile: string
  readonly skew: Skew
}

/** What is written. */
export type StreamLine =
  | Exclude<StreamEvent, { readonly type: 'window' }>
  | { readonly type: 'observation'; readonly observation: StreamObservation }

const { plan, profile, skew } = JSON.parse(process.argv[2] ?? '{}') as SkewedStreams
const limits = measureLimitsOf((await loadProfile(profile)).profile)
const engine = new SkewedEngine(await openEngine(plan.engine), skew, (message) => {
  writeSync(1, `${JSON.stringify(lineOf(message as StreamEvent))}\n`)
})
await runStreamsOn(engine, plan)

function lineOf(event: StreamEvent): StreamLine {
  if (event.type !== 'window') return event
  return { type: 'observation', observation: observe(event.window, limits, 'MPLS') }
}
