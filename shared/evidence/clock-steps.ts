import type { AgentRecord } from '../record/record.ts'

/** Wall and monotonic time of one boot may part by this much before it is called a step. */
const STEP_MS = 500

type Clocked = Pick<AgentRecord, 'boot' | 'window' | 'clock'>

/** By how much wall and monotonic clock part inside a window; null: by no more than clocks do. */
export function stepInside({ window }: Pick<Clocked, 'window'>): number | null {
  return stepOf(window.to - window.from - window.monotonicMs)
}

/** By how much they part between two records of one boot; null: by no more than clocks do, or nobody knows. */
export function stepBetween(earlier: Clocked, later: Clocked): number | null {
  if (earlier.boot !== later.boot) return null
  if (earlier.clock === undefined || later.clock === undefined) return null
  const wall = later.window.from - earlier.window.to
  return stepOf(wall - (later.clock.monotonicFromMs - earlier.clock.monotonicToMs))
}

export function isStepped(earlier: Clocked, later: Clocked): boolean {
  return stepInside(later) !== null || stepBetween(earlier, later) !== null
}

function stepOf(ms: number): number | null {
  return Math.abs(ms) > STEP_MS ? ms : null
}
