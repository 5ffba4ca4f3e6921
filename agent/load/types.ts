import type { Profile } from '../../shared/profile/schema.ts'
import type { ReadyFarEnd } from '../plan.ts'
import type { RunningStreams, StreamPlan } from '../stream/types.ts'

/** Where load goes, and what it is held against. */
export interface LoadInput {
  readonly profile: Profile
  /** One after the other: load to both at once would meet on the site's own link. */
  readonly farEnds: readonly ReadyFarEnd[]
  readonly engine: StreamPlan['engine']
  readonly localAddress?: string
  readonly codec?: StreamPlan['targets'][number]['codec']
  /** The reflector is asked to sign what it received: what is seen goes into signed records. */
  readonly signed?: boolean
}

/** Most that may be offered to one far end each way, whatever is asked. */
export interface LoadCaps {
  readonly maxCalls: number
  /** IP packets counted. */
  readonly maxKbitPerSecond: number
}

export interface LoadParts {
  /** Starts a stream worker; agent/stream/start.ts has the real one. */
  readonly startStreams: (plan: StreamPlan) => RunningStreams
  /** Ends the run before its time: sending stops at once, and what was seen is judged. */
  readonly signal: AbortSignal
  /** One short line for the person who waits. */
  readonly progress: (text: string) => void
}
