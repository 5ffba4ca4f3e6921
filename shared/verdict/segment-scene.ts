import type { FarEndName } from '../profile/site.ts'
import { segmentStreamsOf } from '../record/kinds.ts'
import type { StreamObservation } from '../record/observation.ts'
import { holesIn, holesText, stretchesOf, tooLong, wasHeard } from './coverage.ts'
import type { Ruling } from './ruling.ts'
import { merged, type Scene } from './scene.ts'

/** The far border of a segment: what the stream to it saw. The last one is the far end itself. */
export interface Border {
  readonly name: string
  readonly owner: string | undefined
  readonly heard: readonly StreamObservation[]
  /** Those windows as one; null when the border was not heard. */
  readonly seen: StreamObservation | null
  /** Why no pass rests on it, and what of the time was not seen; null: one may. */
  readonly denied: Pick<Ruling, 'reason' | 'detail'> | null
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
    const all = streams.filter((o) => o.segment === name)
    const heard = all.filter(wasHeard)
    return { name, owner, heard, seen: merged(heard), denied: deniedBy(all, scene) }
  })
  const { heard, seen, denied, holes, answeredForBoth } = scene.farEnds[farEnd]
  const owner = scene.site?.farEnds[farEnd]?.circuitProvider
  const partly = denied ? { reason: 'partly-observed' as const, detail: holes } : null
  const whole = answeredForBoth ? { reason: 'one-reflector' as const } : partly
  return [...borders, { name: `to-${farEnd}`, owner, heard, seen, denied: whole }]
}

function deniedBy(all: readonly StreamObservation[], scene: Scene): Border['denied'] {
  const { from, to, profile } = scene
  const holes = holesIn(all, from, to)
  const denied = tooLong(stretchesOf(holes), to - from, profile.judging.windowSeconds * 1000)
  return denied ? { reason: 'partly-observed', detail: holesText(holes) } : null
}
