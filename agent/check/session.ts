import { Fault } from '../../shared/errors.ts'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import { LOST_WHY } from '../stream/session-news.ts'
import type {
  Asked,
  ClosedWindow,
  RunningStreams,
  StreamEvent,
  StreamPlan,
  StreamTarget,
} from '../stream/types.ts'

type Capabilities = StreamObservation['instrument']['capabilities']

/** How a far end answered over a whole run. */
export interface FarEndState {
  readonly farEnd: FarEndName
  readonly address: string
  readonly port: number
  readonly state: Extract<StreamEvent, { type: 'state' }>['state']
  readonly detail: string
  /**
   * When the reflector could be asked, it no longer remembered all of the run: the legs of its losses
   * are told by replies alone.
   */
  readonly forgotten?: true
  /** Its answers came from here and not from where it was asked: none was counted. */
  readonly answeredFrom?: Asked
  /** It saw this host at another address or port from one moment to the next. */
  readonly moved?: true
}

/** A finished run of streams: its windows, and how the far ends answered. */
export interface FinishedRun {
  readonly windows: readonly ClosedWindow[]
  readonly capabilities: Capabilities | null
  readonly farEnds: readonly FarEndState[]
  readonly stoppedEarly: boolean
}

export interface SessionParts {
  readonly startStreams: (plan: StreamPlan) => RunningStreams
  /** Told every event: progress lines hang here. */
  readonly onEvent: (event: StreamEvent) => void
  /** Ends the run before its time; windows close and are judged as far as they go. */
  readonly stop: AbortSignal
}

/**
 * Runs one plan of kind `run` to its end and gathers what it gave.
 * @throws Fault ENGINE when the instrument itself fails
 */
export async function runStreams(plan: StreamPlan, parts: SessionParts): Promise<FinishedRun> {
  const streams = parts.startStreams(plan)
  const windows: ClosedWindow[] = []
  const ends = plan.targets.filter((target) => target.segment === undefined)
  const states = new Map(ends.map((target) => [target.farEnd, firstState(target)]))
  let capabilities: Capabilities | null = null
  const end = () => void streams.stop()
  parts.stop.addEventListener('abort', end, { once: true })
  if (parts.stop.aborted) end()
  try {
    await new Promise<void>((resolve, reject) => {
      streams.on((event) => {
        parts.onEvent(event)
        if (event.type === 'ready') capabilities = event.capabilities
        if (event.type === 'window') {
          windows.push(event.window)
          noteForgotten(states, event.window)
        }
        if (event.type === 'state') note(states, event)
        if (event.type === 'done') resolve()
        if (event.type === 'fault') reject(engineFault(event))
      })
    })
  } finally {
    parts.stop.removeEventListener('abort', end)
    await streams.stop()
  }
  return { windows, capabilities, farEnds: [...states.values()], stoppedEarly: parts.stop.aborted }
}

function firstState(target: StreamTarget): FarEndState {
  const { farEnd, address, port } = target
  return { farEnd, address, port, state: 'opening', detail: '' }
}

/** `closed` only ends a run: what a person wants to know is how the far end answered before it. */
function note(
  states: Map<FarEndName, FarEndState>,
  event: Extract<StreamEvent, { type: 'state' }>,
): void {
  const before = states.get(event.farEnd)
  if (before === undefined || event.state === 'closed') return
  const moved = event.detail === LOST_WHY.moved ? { moved: true as const } : {}
  const { state, detail, answeredFrom } = event
  const elsewhere = answeredFrom === undefined ? {} : { answeredFrom }
  states.set(event.farEnd, { ...before, state, detail, ...moved, ...elsewhere })
}

function noteForgotten(
  states: Map<FarEndName, FarEndState>,
  { target, evidence }: Pick<ClosedWindow, 'target' | 'evidence'>,
): void {
  const before = states.get(target.farEnd)
  if (before === undefined || target.segment !== undefined || evidence.oneSided !== 'forgotten')
    return
  states.set(target.farEnd, { ...before, forgotten: true })
}

function engineFault(event: Extract<StreamEvent, { type: 'fault' }>): Fault {
  return new Fault('ENGINE', `packet engine (${event.code})`, 'a running engine', event.message)
}
