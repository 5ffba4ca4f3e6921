import type { KeyedHash } from '../../shared/wire/control.ts'
import { CODECS } from '../../shared/wire/rtp.ts'
import { StampOffsets } from '../engine/stamp-offset.ts'
import type { Arrival, Engine, Peer, Port } from '../engine/types.ts'
import { Replies } from './replies.ts'
import { FRAME_NS, Schedule } from './schedule.ts'
import { Sender } from './sender.ts'
import type { SessionClient } from './session-client.ts'
import type { StreamEvent, StreamGap, StreamPlan, StreamTarget } from './types.ts'
import type { WindowBody } from './window-body.ts'
import { WindowCloser } from './window-closer.ts'
import { type OpenWindow, Windows } from './windows.ts'

/** What the streams of a plan share. */
export interface RunMeans {
  readonly engine: Engine
  readonly plan: StreamPlan
  readonly hash: KeyedHash
  readonly random: (bytes: number) => Uint8Array
  /** Takes the engine's report and gives it to every run. */
  readonly report: () => void
  readonly emit: (event: StreamEvent, transfer?: readonly ArrayBuffer[]) => void
}

/** What exists once the schedule has begun. */
export interface Flow {
  readonly schedule: Schedule
  readonly windows: Windows
  readonly replies: Replies
  readonly sender: Sender
  readonly closer: WindowCloser
  readonly stamps: StampOffsets
}

export interface FlowParts {
  readonly port: Port
  readonly peer: Peer
  readonly client: SessionClient
  /** Nothing was measured from one monotonic instant to another. */
  readonly onGap: (fromNs: number, toNs: number, cause: StreamGap['cause']) => void
  readonly emit: (body: WindowBody) => void
}

/** @param startNs monotonic instant of the first frame */
export function makeFlow(
  means: RunMeans,
  target: StreamTarget,
  startNs: number,
  parts: FlowParts,
): Flow {
  const { engine, plan } = means
  const { port, peer, client, onGap, emit } = parts
  const runCount =
    plan.windows === 'run' ? Math.round(((plan.durationMs ?? 0) * 1e6) / FRAME_NS) : undefined
  const { baseSeconds } = engine
  const schedule = new Schedule(Math.ceil(startNs), target.calls)
  const bounded = runCount === undefined ? {} : { runCount }
  const windows = new Windows({ baseSeconds, schedule, ...bounded })
  const { payloadBytes } = CODECS[target.codec]
  const replies = new Replies(windows, target.calls, payloadBytes, baseSeconds)
  const stamps = new StampOffsets(engine)
  const setup = { engine, port, peer, target, schedule, windows, stamps, runCount, onGap }
  const sender = new Sender(setup)
  const drainNs = plan.drainMs * 1e6
  const { report } = means
  const onUnheard = (window: OpenWindow): void => {
    if (!window.first.some((first, call) => replies.highest[call]! >= first)) return
    const fromNs = lastAnsweredNs(schedule, replies)
    forgetIn(window, replies)
    onGap(fromNs, window.lastDueNs + FRAME_NS, 'no-session')
  }
  const signed = plan.signed ?? plan.windows === 'minute'
  const shared = { windows, client, replies, drainNs, report, onUnheard, emit }
  const offsetNs = (): number => engine.wallOffsetNs()
  const sent = (): number => sender.sequence
  const closer = new WindowCloser({ ...shared, signed, offsetNs, sent })
  return { schedule, windows, replies, sender, closer, stamps }
}

/** Takes a checked reply that is read at monotonic `nowNs`; its round trip in ns, NaN if not new or not known. */
export function takeReply(
  { replies, stamps }: Flow,
  call: number,
  arrival: Arrival,
  nowNs: number,
): number {
  return replies.take(call, arrival, stamps.ofArrival(arrival.stampNs, nowNs))
}

/**
 * Marks what was sent after the last answer of each call as not sent: nobody was there to answer.
 * Returns the monotonic instant at which the first unanswered packet was due.
 */
export function forgetUnanswered({ schedule, replies, windows }: Flow): number {
  for (const window of windows.open) forgetIn(window, replies)
  return lastAnsweredNs(schedule, replies)
}

function lastAnsweredNs(schedule: Schedule, { highest }: Replies): number {
  let lastNs = schedule.startNs
  for (const [call, sequence] of highest.entries())
    if (sequence >= 0) lastNs = Math.max(lastNs, schedule.dueNs(call, sequence) + FRAME_NS)
  return lastNs
}

/** Neither sent nor wanted: what is missing here is a gap, no fault of the host. */
function forgetIn(window: OpenWindow, { highest }: Replies): void {
  for (const [call, rows] of window.rows.entries()) {
    const from = Math.max(0, highest[call]! + 1 - window.first[call]!)
    rows.sentNs.fill(Number.NaN, Math.min(from, rows.count))
    rows.dueNs.fill(Number.NaN, Math.min(from, rows.count))
  }
}
