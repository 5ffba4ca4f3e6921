import { type MeasuredWindow, measureWindow } from '../../../shared/measure/window.ts'
import type { StreamObservation } from '../../../shared/record/observation.ts'
import { type Road, travel } from './simulation.ts'

export const LIMITS = { delayMs: 150, jitterMs: 30, lateAfterMs: 1000, driftPpm: 100 } as const
export const SYNCED = { synchronised: true, maxErrorNs: 2e6, steps: 0 } as const
const MARKED = { tos: 0xb8, proof: 'watched' } as const

type Path = Pick<Road, 'out' | 'back'> & Partial<Road>

/** Measures a window of some calls over one road. */
export function window(
  road: Path,
  { receipts = true, calls = 1 }: { readonly receipts?: boolean; readonly calls?: number } = {},
): MeasuredWindow {
  const streams = Array.from({ length: calls }, () => {
    const { rows, receipt } = travel({ count: 300, ...road })
    return { rows, receipt: receipts ? receipt : null }
  })
  return measureWindow({
    streams,
    limits: LIMITS,
    agentClock: SYNCED,
    reflectorClock: SYNCED,
    egress: { out: MARKED, back: MARKED },
    codec: 'g711',
  })
}

export const measured = (road: Path) => window(road)

/** A whole observation around a measured window, minute `minute`. */
export function observation(
  road: Path,
  minute = 0,
  change: Partial<StreamObservation> = {},
): StreamObservation {
  const { offset, fault, contradictedReceipts, ...figures } = window({
    startMs: minute * 60_000,
    ...road,
  })
  const clock = { synchronised: true, maxErrorMs: 2, source: 'adjtimex', steps: 0 } as const
  return {
    kind: 'stream',
    farEnd: 'primary',
    peer: { address: '192.0.2.1', port: 4000 },
    path: 'MPLS',
    codec: 'g711',
    ptimeMs: 20,
    calls: 1,
    dscp: 46,
    from: minute * 60_000,
    to: (minute + 1) * 60_000,
    instrument: {
      capabilities: {
        engine: 'linux',
        setTos: true,
        seeTos: true,
        seeTtl: true,
        receiveStamp: 'kernel',
        transmitStamp: 'kernel',
        scheduling: 'fifo',
        seeEgress: true,
        rawIcmp: true,
      },
      scheduled: 300,
      sent: 300,
      notSent: 0,
      lateness: { p50Ms: 0.01, p99Ms: 0.1, maxMs: 1 },
      receiveOverflows: 0,
      hostDrops: 0,
      reflectorOverflows: 0,
      stalls: 0,
      worstStallMs: 0,
      stampsMissing: 0,
      leftRealTime: false,
    },
    ...figures,
    clocks: { agent: clock, reflector: clock, offset, fault },
    gaps: [],
    ...change,
  }
}
