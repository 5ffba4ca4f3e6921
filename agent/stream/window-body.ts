import type { HostClockState } from '../engine/types.ts'
import { NO_FAULTS } from './instrument.ts'
import { oneSided } from './statement-quest.ts'
import type { ClosedWindow } from './types.ts'
import type { OpenWindow } from './windows.ts'

/** What a window is made of when it closes; the rest of a ClosedWindow is known to the run. */
export type WindowBody = Pick<
  ClosedWindow,
  'streams' | 'reflector' | 'reflectorBoot' | 'instrument' | 'evidence' | 'monotonic'
> & {
  /** The worst that the host said of its clock while the window was open; null: it was not asked. */
  readonly agentClock: HostClockState | null
  readonly window: OpenWindow
}

/** The window of a run that never began, so that the time it took is told. */
export function emptyBody(fromNs: number, toNs: number): WindowBody {
  const none = new Float64Array(0)
  return {
    window: {
      fromNs,
      toNs,
      anchorNs: 0,
      first: none,
      end: none,
      rows: [],
      arrivals: new Int32Array(0),
      extraReplies: new Map(),
      lastDueNs: toNs,
    },
    streams: [],
    reflector: null,
    reflectorBoot: undefined,
    instrument: NO_FAULTS,
    agentClock: null,
    evidence: oneSided('no-session'),
    monotonic: { fromMs: 0, toMs: 0 },
  }
}
