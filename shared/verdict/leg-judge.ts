import type { StreamObservation } from '../record/observation.ts'
import type { LegName, Ruling, Scale } from './ruling.ts'
import type { FarEndScene } from './scene.ts'
import type { Excuse } from './statistic.ts'

/**
 * How one kind of line is judged: on the merged windows of one leg (and on both legs together, where
 * neither is convicted), or on the far end as a whole, for lines that choose their own windows.
 */
export type LegJudge = MergedJudge | WholeJudge

export interface MergedJudge {
  readonly scale: Scale
  /** `excuses` is absent at the first look; a fail is looked at again with it. */
  readonly leg: (seen: StreamObservation, leg: LegName, excuses?: HostExcuses) => Ruling
  readonly either?: (seen: StreamObservation, excuses?: HostExcuses) => Ruling | null
  /** Nothing the host does can change what is judged, so its disturbances are not asked for. */
  readonly hostProof?: true
  /** The limit that a window was counted against; null where it counted against none. */
  readonly countedAgainst?: (o: StreamObservation, leg: LegName) => number | null
  /** How many figures a window owes by its own count of packets; absent: the line counts packets itself. */
  readonly owed?: (o: StreamObservation) => number
  /** Whether a pass stands though some of those that are owed are not there, each at the limit for all one knows. */
  readonly standsOn?: (seen: StreamObservation, leg: LegName, owed: number) => boolean
}

export interface WholeJudge {
  readonly scale: Scale
  readonly farEnd: (farEnd: FarEndScene, leg: LegName) => Ruling
}

/** Packets that were answered, each once: an answer to a copy is no packet. */
export function answeredIn({ legs: { out, back } }: Pick<StreamObservation, 'legs'>): number {
  return Math.max(0, back.loss.received - out.loss.duplicated)
}

/** What the host may have spoiled, per kind of figure. */
export interface HostExcuses {
  /** Packets of each leg that a host may have dropped itself. */
  readonly lost: { readonly [L in LegName]: number }
  readonly delay: Excuse
  readonly jitter: Excuse
}
