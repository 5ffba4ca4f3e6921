import type { HostClockState, InstrumentReport } from '../engine/types.ts'

export const NO_FAULTS: InstrumentReport = {
  receiveOverflows: 0,
  hostDrops: 0,
  stalls: 0,
  worstStallNs: 0,
  wallSteps: 0,
  wallStepNs: 0,
  stampsMissing: 0,
  leftRealTime: false,
}

/** Two reports in sequence as one; what is unknown (-1) in either stays unknown. */
export function addReports(a: InstrumentReport, b: InstrumentReport): InstrumentReport {
  const known = (x: number, y: number): number => (x < 0 || y < 0 ? -1 : x + y)
  return {
    receiveOverflows: known(a.receiveOverflows, b.receiveOverflows),
    hostDrops: known(a.hostDrops, b.hostDrops),
    stalls: a.stalls + b.stalls,
    worstStallNs: Math.max(a.worstStallNs, b.worstStallNs),
    wallSteps: a.wallSteps + b.wallSteps,
    wallStepNs: a.wallStepNs + b.wallStepNs,
    stampsMissing: a.stampsMissing + b.stampsMissing,
    leftRealTime: a.leftRealTime || b.leftRealTime,
  }
}

/** The claim that holds for both looks at one clock: the larger error, and none where one had none. */
export function worseClock(a: HostClockState, b: HostClockState): HostClockState {
  const unknown = a.maxErrorNs === null || b.maxErrorNs === null
  return {
    synchronised: a.synchronised && b.synchronised,
    maxErrorNs: unknown ? null : Math.max(a.maxErrorNs ?? 0, b.maxErrorNs ?? 0),
    source: a.source === b.source ? a.source : 'none',
  }
}
