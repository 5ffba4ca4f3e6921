import type { AgentRecord } from './record.ts'

/**
 * The first observation of a minute whose packets are of other time than the record says: its place among
 * them, or -1. The minute of a record is what holds it to its receipts and to its place in the chain; who
 * judges goes by the times of the stream. A run is held to its own time, and a clock may be set in it.
 */
export function streamOutside({
  window,
  observations,
  run,
}: Pick<AgentRecord, 'window' | 'observations' | 'run'>): number {
  if (run !== undefined) return -1
  return observations.findIndex(
    (seen) => seen.kind === 'stream' && (seen.from < window.from || seen.to > window.to),
  )
}
