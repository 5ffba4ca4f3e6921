import { NS_PER_MS } from '../../shared/clock.ts'
import { fromBase64 } from '../../shared/evidence/octets.ts'
import { statementIn } from '../../shared/evidence/receipt-statement.ts'
import type { ClockClaim } from '../../shared/measure/clock-offset.ts'
import { sendingOf } from '../../shared/measure/sending.ts'
import { arrivedJitter } from '../../shared/measure/signed-jitter.ts'
import { type MeasureLimits, measureWindow } from '../../shared/measure/window.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { ReceiptStatement } from '../../shared/record/receipt.ts'
import type { HostClockState } from '../engine/types.ts'
import type { ClosedWindow } from '../stream/types.ts'

/** Bound of the schema; a window with more interruptions than this names the first of them. */
const MOST_GAPS = 64

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
  const { contradictedReceipts, rtt, rttReachesLimit, rttReachesTwiceLimit } = measured
  const instrument = instrumentOf(window)
  return {
    kind: 'stream',
    farEnd: target.farEnd,
    ...(target.segment === undefined ? {} : { segment: target.segment }),
    ...peersOf(window),
    ...{ path, codec: target.codec, ptimeMs: 20, calls: target.calls, dscp: target.dscp },
    ...{ from: window.from, to: window.to },
    instrument,
    attribution: measured.attribution,
    ...(contradictedReceipts === 0 ? {} : { contradictedReceipts }),
    legs: measured.legs,
    stampedJitter: arrivedJitter(measured.stampedJitter, signedOf(window), instrument.scheduled),
    ...{ rtt, rttReachesLimit, rttReachesTwiceLimit },
    clocks: {
      agent: hostClockOf(window.agentClock, window.agentClockSteps),
      reflector: reflector && hostClockOf(reflector.clock, reflector.clockSteps),
      offset: measured.offset,
      fault: measured.fault,
    },
    gaps: window.gaps.slice(0, MOST_GAPS).map(({ from, to, cause }) => ({ from, to, cause })),
  }
}

/** Who was asked, and who answered. */
function peersOf({ target, answeredFrom, reflectorBoot }: ClosedWindow) {
  return {
    peer: { address: target.address, port: target.port },
    ...(answeredFrom === undefined ? {} : { answeredFrom }),
    ...(reflectorBoot === undefined ? {} : { reflectorBoot }),
  }
}

function signedOf({ evidence }: ClosedWindow): ReceiptStatement[] {
  return evidence.receipts.flatMap(({ payload }) => statementIn(fromBase64(payload)) ?? [])
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
