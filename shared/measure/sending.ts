import { NS_PER_MS } from '../clock.ts'
import type { StreamObservation } from '../record/observation.ts'
import { hasLeft } from './receipt.ts'
import type { StreamRows } from './rows.ts'

/** How many slots were wanted, how many left, and how late: the instrument's own pacing. */
export function sendingOf(
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
