import * as v from 'valibot'
import { type LinkObservation, LinkObservationSchema } from './link.ts'
import { type StreamObservation, StreamObservationSchema } from './observation.ts'

/**
 * Every kind of observation. Each has `kind`, `farEnd` (`none` where it belongs to the site alone),
 * `from` and `to`; what a probe saw beyond that is its own.
 */
export const ObservationSchema = v.variant('kind', [StreamObservationSchema, LinkObservationSchema])
export type Observation = v.InferOutput<typeof ObservationSchema>

/** The windows of streams among observations of any kind. */
export function streamsOf(observations: readonly Observation[]): StreamObservation[] {
  return observations.filter((seen) => seen.kind === 'stream')
}

/** What was seen of the links, the newest last. */
export function linksOf(observations: readonly Observation[]): LinkObservation[] {
  return observations.filter((seen) => seen.kind === 'link').sort((a, b) => a.to - b.to)
}
