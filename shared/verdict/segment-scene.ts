import type { FarEndName } from '../profile/site.ts'
import { segmentStreamsOf } from '../record/kinds.ts'
import type { StreamObservation } from '../record/observation.ts'
import { wasHeard } from './coverage.ts'
import { merged, type Scene } from './scene.ts'

/** The far border of a segment: what the stream to it saw. The last one is the far end itself. */
export interface Border {
  readonly name: string
  readonly owner: string | undefined
  readonly heard: readonly StreamObservation[]
  /** Those windows as one; null when the border was not heard. */
  readonly seen: StreamObservation | null
}

/**
 * The borders on the way to a far end, from the site outwards, ending with the far end itself; empty
 * where the site file names no segments on this way.
 */
export function bordersOf(scene: Scene, farEnd: FarEndName): readonly Border[] {
  const own = (scene.site?.segments ?? []).filter((one) => (one.farEnd ?? farEnd) === farEnd)
  if (own.length === 0) return []
  const streams = segmentStreamsOf(scene.observations).filter(
    (o) => o.dscp === scene.profile.media.dscp,
  )
  const borders = own.map(({ name, owner }): Border => {
    const heard = streams.filter((o) => o.segment === name && wasHeard(o))
    return { name, owner, heard, seen: merged(heard) }
  })
  const { heard, seen } = scene.farEnds[farEnd]
  const owner = scene.site?.farEnds[farEnd]?.circuitProvider
  return [...borders, { name: `to-${farEnd}`, owner, heard, seen }]
}
