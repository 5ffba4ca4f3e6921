import type { Profile, RequirementKind } from '../../shared/profile/schema.ts'
import type { Site } from '../../shared/profile/site.ts'
import type { Observation } from '../../shared/record/kinds.ts'
import type { ReadyFarEnd } from '../plan.ts'

/** What every probe is given; sockets and clocks come with each probe's own constructor (agent/io). */
export interface ProbeContext {
  readonly profile: Profile
  readonly site: Site
  /** Far ends with literal addresses and keys; one that is not configured is absent. */
  readonly farEnds: readonly ReadyFarEnd[]
  /** Only these lines are wanted; absent: all. */
  readonly only?: ReadonlySet<string>
  /** What probes that came before this one saw in the same run (DHCP's option 6 names DNS servers). */
  readonly earlier: readonly Observation[]
  /**
   * Calls are under way: an agent looks while it measures voice. A probe that else sends in bursts
   * then keeps below some twenty packets a second.
   */
  readonly gentle?: boolean
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number
  /** One short line for the person who waits: what is looked at now, and how far it is. */
  readonly progress: (text: string) => void
}

/**
 * Looks at lines of some kinds and says what it saw; it never judges and never throws for what the
 * network did. A part that could not be looked at is an observation with its reason.
 */
export interface Probe {
  readonly name: 'ports' | 'dns' | 'dhcp' | 'link' | 'path' | 'sip-alg'
  readonly kinds: readonly RequirementKind[]
  run(context: ProbeContext, signal: AbortSignal): Promise<readonly Observation[]>
}
