import * as v from 'valibot'
import { type StreamObservation, StreamObservationSchema } from './observation.ts'

/**
 * Every kind of observation. Each has `kind`, `farEnd` (`none` where it belongs to the site alone),
 * `from` and `to`; what a probe saw beyond that is its own.
 */
export const ObservationSchema = v.variant('kind', [StreamObservationSchema])
export type Observation = v.InferOutput<typeof ObservationSchema>

/** The windows of streams among observations of any kind. */
export function streamsOf(observations: readonly Observation[]): StreamObservation[] {
  return observations.filter((seen) => seen.kind === 'stream')
}
