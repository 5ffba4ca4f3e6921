import type { FarEndName } from '../../shared/profile/site.ts'
import type { Capabilities } from '../engine/types.ts'
import type { AccessKey } from '../stream/types.ts'

/** One far end to trace the way to; the address is literal. */
export interface TraceTarget {
  readonly farEnd: FarEndName
  readonly address: string
  readonly port: number
  /** With a key the far end's own reflector answers, and the mark on arrival is seen. */
  readonly key: AccessKey | null
}

export interface TracePlan {
  readonly targets: readonly TraceTarget[]
  readonly dscp: number
  readonly engine: 'auto' | 'linux' | 'dgram'
  readonly localAddress?: string
  /** Probes of voice size per hop; at most one a second reaches any hop, whatever the number of far ends. */
  readonly rounds: number
  /** Other source ports to try once each, for parallel paths. */
  readonly spread: number
}

/** `voice`: 172 octets of UDP payload; `large`: fills 1500 octets; `spread`: from another source port. */
export type ProbeShape = 'voice' | 'large' | 'spread'

/** What became of one probe. */
export interface TraceRow {
  readonly shape: ProbeShape
  readonly ttl: number
  /** Octets of the IP packet. */
  readonly octets: number
  answer: TraceAnswer | null
  /** The kernel did not take it (too big for the own interface). */
  notSent: boolean
}

export interface TraceAnswer {
  readonly kind: 'time-exceeded' | 'unreachable' | 'too-big' | 'echo'
  /** Who answered. */
  readonly from: string
  readonly code: number
  readonly mtu: number
  readonly rttMs: number | null
  /** TOS byte quoted by a router, or seen by the reflector; null where it is not shown. */
  readonly tos: number | null
  /** Of an echo: the mark of the answer as it came back, and the TTL left at the far end. */
  readonly tosBack: number | null
  readonly ttlLeft: number | null
}

/** Everything that was seen on the way to one far end. */
export interface Traced {
  readonly target: TraceTarget
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly method: 'raw' | 'returned' | 'none'
  /** TOS byte watched leaving this host; null where it cannot be watched. */
  readonly leftTos: number | null
  readonly rows: readonly TraceRow[]
}

export type TraceEvent =
  | { readonly type: 'ready'; readonly capabilities: Capabilities }
  | { readonly type: 'progress'; readonly done: number; readonly of: number }
  | { readonly type: 'traced'; readonly traced: Traced }
  | { readonly type: 'fault'; readonly code: string; readonly message: string }

/** Runs a plan to its end; made by agent/trace/start.ts. */
export type RunTrace = (
  plan: TracePlan,
  onProgress: (done: number, of: number) => void,
  signal: AbortSignal,
) => Promise<readonly Traced[]>
