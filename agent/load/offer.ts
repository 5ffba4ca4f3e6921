import { measureLimitsOf } from '../../shared/profile/limits.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import { runStreams } from '../check/session.ts'
import { planStreams, type ReadyFarEnd } from '../plan.ts'
import { evidenceOf } from '../run/evidence.ts'
import { observe } from '../run/observe.ts'
import type { ClosedWindow, StreamEvent, StreamTarget } from '../stream/types.ts'
import type { LoadInput, LoadParts } from './types.ts'

/** Calls offered together to one far end, for a time. */
export interface Offer {
  readonly farEnd: ReadyFarEnd
  /** How many calls with which mark. */
  readonly streams: readonly { readonly calls: number; readonly dscp: number }[]
  readonly durationMs: number
  /** Told every event; a word returned stops the offer for that reason. */
  readonly watch?: (event: StreamEvent) => string | null
}

export interface Offered {
  /** One for each mark, in the order asked; absent where none closed. */
  readonly windows: readonly (ClosedWindow | undefined)[]
  readonly observations: readonly (StreamObservation | undefined)[]
  /** What the reflector signed of each; a load that is not signed for has none. */
  readonly evidence: readonly (StreamEvidence | undefined)[]
  /** Why it ended before its time: the word of the watch; empty where it did not. */
  readonly stopped: string
  readonly refused: string
}

/**
 * Offers calls and says what was seen of them. A new session each time, so that nothing of one offer
 * is still under way in the next.
 * @throws Fault ENGINE when the instrument itself fails
 */
export async function offerCalls(
  input: LoadInput,
  offer: Offer,
  parts: LoadParts,
): Promise<Offered> {
  const guard = new AbortController()
  let stopped = ''
  let refused = ''
  const onEvent = (event: StreamEvent): void => {
    if (event.type === 'state' && event.state === 'refused') refused = event.detail
    const word = offer.watch?.(event) ?? null
    if (word === null || stopped !== '') return
    stopped = word
    guard.abort()
  }
  const stop = AbortSignal.any([parts.signal, guard.signal])
  const { startStreams } = parts
  const run = await runStreams(planOf(input, offer), { startStreams, onEvent, stop })
  const limits = measureLimitsOf(input.profile)
  const windows = offer.streams.map(({ dscp }) =>
    run.windows.find(({ target }) => target.dscp === dscp),
  )
  const { path } = offer.farEnd
  const observations = windows.map((window) => window && observe(window, limits, path))
  const evidence = windows.map((window) =>
    window && input.signed === true ? evidenceOf(window, null) : undefined,
  )
  return { windows, observations, evidence, stopped, refused }
}

function planOf(input: LoadInput, { farEnd, streams, durationMs }: Offer) {
  const { profile, engine, localAddress, codec, signed = false } = input
  const plan = planStreams(profile, [farEnd], {
    ...{ engine, windows: 'run', durationMs, calls: 1 },
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(codec === undefined ? {} : { codec }),
  })
  const targets = plan.targets.flatMap((target) =>
    streams.map(({ calls, dscp }): StreamTarget => ({ ...target, calls, dscp })),
  )
  return { ...plan, targets, signed }
}
