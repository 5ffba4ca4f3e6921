import type { ReceiptCounts, StreamRows } from '../../shared/measure/rows.ts'
import type { PortRange } from '../../shared/profile/ports.ts'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { Capabilities, HostClockState, InstrumentReport } from '../engine/types.ts'

import type { WindowReceipts } from './statement-quest.ts'

/** An access key of a reflector, as `id:secret` names it. */
export interface AccessKey {
  readonly id: string
  readonly secret: string
}

/** An address, literal, and a UDP port. */
export interface Asked {
  readonly address: string
  readonly port: number
}

/** One far end to stream to; addresses are literal (names are resolved before). */
export interface StreamTarget extends Asked {
  readonly farEnd: FarEndName
  /** The reflector stands at the far border of this segment; absent: it is the far end's own. */
  readonly segment?: string
  readonly key: AccessKey
  readonly codec: 'g711' | 'g729'
  /** Simultaneous calls: each is one SSRC, 50 packets a second each way. */
  readonly calls: number
  readonly dscp: number
}

export interface StreamPlan {
  readonly targets: readonly StreamTarget[]
  readonly localAddress?: string
  /** Ports that the host is to hold for others to dial: no stream sits on one. */
  readonly avoidPorts?: readonly PortRange[]
  readonly engine: 'auto' | 'linux' | 'dgram'
  /** `minute`: windows on wall-clock minutes, until stopped; `run`: one window of `durationMs`. */
  readonly windows: 'minute' | 'run'
  readonly durationMs?: number
  /** Whether the reflector is asked to sign what it received; left out: of windows of minutes. */
  readonly signed?: boolean
  /** How long after a window's last packet replies are still awaited before it closes. */
  readonly drainMs: number
}

/** Why there was no stream for a while. */
export interface StreamGap {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly cause:
    | 'no-session'
    | 'refused'
    | 'reflector-restart'
    | 'nat-moved'
    | 'agent-start'
    | 'agent-stop'
    | 'host-sleep'
}

/** What the reflector says of itself with its receipt. */
export interface ReflectorState {
  readonly capabilities: Capabilities
  readonly clock: HostClockState
  /** Steps that this window may have seen. */
  readonly clockSteps: number
  /** TOS byte set on replies, and whether its departure was watched. */
  readonly egressTos: number
  readonly egressProof: 'watched' | 'socket-option' | 'none'
  /** Datagrams that the reflector's kernel dropped in this window; -1 where unknown. */
  readonly receiveOverflows: number
}

/** One window of one far end, drained and closed: everything the observation is made from. */
export interface ClosedWindow {
  readonly target: StreamTarget
  /** Borders, milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** One entry per call. */
  readonly streams: readonly {
    readonly rows: StreamRows
    readonly receipt: ReceiptCounts | null
  }[]
  readonly capabilities: Capabilities
  readonly instrument: InstrumentReport
  /** The worst claim of the window: the largest error, synchronised only if always. */
  readonly agentClock: HostClockState
  readonly agentClockSteps: number
  /** TOS byte set on departures, and whether it was watched leaving. */
  readonly egressTos: number | null
  readonly egressProof: 'watched' | 'socket-option' | 'none'
  /** What the reflector that was last spoken with drew when it started; undefined: none was. */
  readonly reflectorBoot?: string | undefined
  /** Null when no receipt came. */
  readonly reflector: ReflectorState | null
  readonly gaps: readonly StreamGap[]
  /** Answers came, from here, and were not taken: another address was asked. */
  readonly answeredFrom?: Asked
  /** Signed by the reflector; or why there is none. Asked for where the plan says so. */
  readonly evidence: WindowReceipts
  /** The borders by the monotonic clock, milliseconds. */
  readonly monotonic: { readonly fromMs: number; readonly toMs: number }
}

/** What the stream worker tells its owner. */
export type StreamEvent =
  | { readonly type: 'ready'; readonly capabilities: Capabilities }
  | {
      readonly type: 'state'
      readonly farEnd: FarEndName
      readonly state: 'opening' | 'open' | 'refused' | 'silent' | 'closed'
      readonly detail: string
      /** Answers came, from here, and were not taken: another address was asked. */
      readonly answeredFrom?: Asked
    }
  /** As `state`, of the border of a segment. */
  | {
      readonly type: 'border'
      readonly farEnd: FarEndName
      readonly segment: string
      readonly address: string
      readonly port: number
      readonly state: 'opening' | 'open' | 'refused' | 'silent' | 'closed'
      readonly detail: string
    }
  | {
      readonly type: 'progress'
      readonly farEnd: FarEndName
      /** The mark of the stream: two to one far end can differ in it. */
      readonly dscp: number
      readonly sent: number
      readonly received: number
      /** Newest round trip less dwell, milliseconds; null before the first reply. */
      readonly rttMs: number | null
    }
  | { readonly type: 'window'; readonly window: ClosedWindow }
  | { readonly type: 'done' }
  | { readonly type: 'fault'; readonly code: string; readonly message: string }

/** Starts the worker; made by agent/stream/start.ts. */
export interface RunningStreams {
  on(listener: (event: StreamEvent) => void): void
  /** Stops sending, drains and closes the open windows (they still arrive), then ends the worker. */
  stop(): Promise<void>
}
