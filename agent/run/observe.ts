import { NS_PER_MS } from '../../shared/clock.ts'
import type { ClockClaim } from '../../shared/measure/clock-offset.ts'
import { hasLeft } from '../../shared/measure/receipt.ts'
import type { StreamRows } from '../../shared/measure/rows.ts'
import { type MeasureLimits, measureWindow } from '../../shared/measure/window.ts'
import type { Profile, Requirement } from '../../shared/profile/schema.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { HostClockState } from '../engine/types.ts'
import type { ClosedWindow } from '../stream/types.ts'

/** Counted against where a profile has no such line: the figures are information then. */
const USUAL_DELAY_MS = 150
const USUAL_JITTER_MS = 30
/** Bound of the schema; a window with more interruptions than this names the first of them. */
const MOST_GAPS = 64

/** The limits of a profile that packets are counted against while they are measured. */
export function measureLimitsOf(profile: Profile): MeasureLimits {
  const delay = lineOf(profile, 'one-way-delay')
  const jitter = lineOf(profile, 'jitter')
  return {
    delayMs: delay?.limitMs ?? USUAL_DELAY_MS,
    jitterMs: jitter?.limitMs ?? USUAL_JITTER_MS,
    lateAfterMs: profile.judging.lateAfterMs,
    driftPpm: profile.judging.clockDriftPpm,
  }
}

/**
 * What was seen in one closed window of one far end: counts and distributions with the instrument's
 * own error beside them. Judges nothing.
 * @param path kind of circuit to this far end, as the site file says
 */
export function observe(
  window: ClosedWindow,
  limits: MeasureLimits,
  path: StreamObservation['path'],
): StreamObservation {
  const { target, reflector } = window
  const reflectorClock = reflector && claimOf(reflector.clock, reflector.clockSteps)
  const agentClock = claimOf(window.agentClock, window.agentClockSteps)
  const measured = measureWindow({
    ...{ streams: window.streams, limits, agentClock, reflectorClock, codec: target.codec },
    egress: {
      out: { tos: window.egressTos, proof: window.egressProof },
      back: { tos: reflector?.egressTos ?? null, proof: reflector?.egressProof ?? 'none' },
    },
  })
  return {
    kind: 'stream',
    farEnd: target.farEnd,
    ...(target.segment === undefined ? {} : { segment: target.segment }),
    peer: { address: target.address, port: target.port },
    ...{ path, codec: target.codec, ptimeMs: 20, calls: target.calls, dscp: target.dscp },
    ...{ from: window.from, to: window.to },
    instrument: instrumentOf(window),
    attribution: measured.attribution,
    legs: measured.legs,
    rtt: measured.rtt,
    rttReachesLimit: measured.rttReachesLimit,
    rttReachesTwiceLimit: measured.rttReachesTwiceLimit,
    clocks: {
      agent: hostClockOf(window.agentClock, window.agentClockSteps),
      reflector: reflector && hostClockOf(reflector.clock, reflector.clockSteps),
      offset: measured.offset,
      fault: measured.fault,
    },
    gaps: window.gaps.slice(0, MOST_GAPS).map(({ from, to, cause }) => ({ from, to, cause })),
  }
}

function lineOf<K extends Requirement['kind']>(
  profile: Profile,
  kind: K,
): Extract<Requirement, { kind: K }> | undefined {
  return profile.requirements.find(
    (line): line is Extract<Requirement, { kind: K }> => line.kind === kind,
  )
}

function claimOf(clock: HostClockState, steps: number): ClockClaim {
  return { synchronised: clock.synchronised, maxErrorNs: clock.maxErrorNs, steps }
}

function hostClockOf(clock: HostClockState, steps: number): StreamObservation['clocks']['agent'] {
  return {
    synchronised: clock.synchronised,
    maxErrorMs: clock.maxErrorNs === null ? null : clock.maxErrorNs / NS_PER_MS,
    source: clock.source,
    steps,
  }
}

function instrumentOf(window: ClosedWindow): StreamObservation['instrument'] {
  const { instrument, capabilities, reflector } = window
  const sending = sendingOf(window.streams.map((stream) => stream.rows))
  return {
    capabilities,
    ...sending,
    receiveOverflows: countOrNull(instrument.receiveOverflows),
    hostDrops: countOrNull(instrument.hostDrops),
    reflectorOverflows: reflector && countOrNull(reflector.receiveOverflows),
    stalls: instrument.stalls,
    worstStallMs: instrument.worstStallNs / NS_PER_MS,
    stampsMissing: instrument.stampsMissing,
    leftRealTime: instrument.leftRealTime,
  }
}

/** Engines say -1 where they cannot know. */
function countOrNull(count: number): number | null {
  return count < 0 ? null : count
}

/** How many slots were wanted, how many left, and how late: the instrument's own pacing. */
function sendingOf(
  streams: readonly StreamRows[],
): Pick<StreamObservation['instrument'], 'scheduled' | 'sent' | 'notSent' | 'lateness'> {
  let scheduled = 0
  let sent = 0
  let measured = 0
  const late = new Float64Array(streams.reduce((total, rows) => total + rows.count, 0))
  for (const rows of streams) {
    for (let i = 0; i < rows.count; i++) {
      const left = hasLeft(rows, i)
      if (left) sent++
      if (left || !Number.isNaN(rows.dueNs[i])) scheduled++
      const lateNs = (rows.sentNs[i] as number) - (rows.dueNs[i] as number)
      if (!Number.isNaN(lateNs)) late[measured++] = lateNs
    }
  }
  return {
    scheduled,
    sent,
    notSent: scheduled - sent,
    lateness: latenessOf(late.subarray(0, measured)),
  }
}

function latenessOf(late: Float64Array): StreamObservation['instrument']['lateness'] {
  if (late.length === 0) return null
  late.sort()
  // Nearest rank: the smallest value that at least this share does not exceed.
  const at = (share: number) =>
    (late[Math.max(0, Math.ceil(share * late.length) - 1)] as number) / NS_PER_MS
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}
