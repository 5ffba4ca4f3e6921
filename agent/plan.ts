import { udpRanges } from '../shared/profile/ports.ts'
import type { Profile } from '../shared/profile/schema.ts'
import type { FarEndName } from '../shared/profile/site.ts'
import type { AccessKey, StreamPlan, StreamTarget } from './stream/types.ts'

/** A far end with its name resolved and its key read: what plan.ts needs and cannot find itself. */
export interface ReadyFarEnd {
  readonly farEnd: FarEndName
  /** Literal address. */
  readonly address: string
  readonly port: number
  readonly key: AccessKey
  readonly path: 'MPLS' | 'RVA' | 'Internet'
}

/** A segment's far border, ready like a far end. */
export interface ReadySegment {
  readonly name: string
  /** The way it lies on; the first configured one where both cross it. */
  readonly farEnd: FarEndName
  readonly address: string
  readonly port: number
  readonly key: AccessKey
}

export interface PlanChoices {
  readonly engine: StreamPlan['engine']
  readonly windows: StreamPlan['windows']
  /** Milliseconds; only of a `run`. */
  readonly durationMs?: number
  readonly codec?: 'g711' | 'g729'
  readonly calls: number
  readonly localAddress?: string
  /** One call goes to each of these beside the far ends, at the same time. */
  readonly segments?: readonly ReadySegment[]
}

/** Replies still on their way when a window ends may take this much longer than the late limit. */
const DRAIN_MARGIN_MS = 200

/**
 * What the stream sender is to do: one target per far end, with the codec and the mark that the
 * profile asks for.
 */
export function planStreams(
  profile: Pick<Profile, 'media' | 'judging' | 'requirements'>,
  farEnds: readonly ReadyFarEnd[],
  choices: PlanChoices,
): StreamPlan {
  const targets = farEnds.map(
    ({ farEnd, address, port, key }): StreamTarget => ({
      ...{ farEnd, address, port, key },
      codec: choices.codec ?? profile.media.codec,
      calls: choices.calls,
      dscp: profile.media.dscp,
    }),
  )
  const { segments = [] } = choices
  const borders = segments.map(
    ({ name, farEnd, address, port, key }): StreamTarget => ({
      ...{ farEnd, segment: name, address, port, key, calls: 1 },
      codec: choices.codec ?? profile.media.codec,
      dscp: profile.media.dscp,
    }),
  )
  return {
    targets: [...targets, ...borders],
    engine: choices.engine,
    avoidPorts: udpRanges(profile.requirements),
    windows: choices.windows,
    drainMs: profile.judging.lateAfterMs + DRAIN_MARGIN_MS,
    ...(choices.durationMs === undefined ? {} : { durationMs: choices.durationMs }),
    ...(choices.localAddress === undefined ? {} : { localAddress: choices.localAddress }),
  }
}

/** Splits `id:secret` at its first colon; the form itself was checked by the schema. */
export function accessKeyOf(text: string): AccessKey {
  const at = text.indexOf(':')
  return { id: text.slice(0, at), secret: text.slice(at + 1) }
}
