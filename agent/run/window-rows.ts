import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { agentRowsLength, encodeAgentRows } from '../../shared/measure/raw-rows.ts'
import { decodeAgentRows } from '../../shared/measure/raw-rows-read.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import { MOST_RAW } from '../rows/frame.ts'
import type { RowsRing } from '../rows/ring.ts'
import type { ClosedWindow } from '../stream/types.ts'

/**
 * Gives a window's raw rows to the ring. Returns their digest for the record, and the window as those
 * rows tell it: what is observed is measured from the very octets that can be produced later.
 * Without a ring, and where the rows are too many to keep, the window as it was and no digest.
 */
export function keepRows(
  window: ClosedWindow,
  ring: Pick<RowsRing, 'offer'> | null,
  whose: { readonly site: string; readonly agent: string },
): { readonly window: ClosedWindow; readonly digest: StreamEvidence['rows'] } {
  const streams = window.streams.map(({ rows }) => rows)
  if (ring === null || streams.length === 0 || agentRowsLength(streams) > MOST_RAW) {
    return { window, digest: null }
  }
  const bytes = encodeAgentRows(streams)
  const decoded = decodeAgentRows(bytes) ?? streams
  const sha256 = Buffer.from(nodeCrypto.sha256(bytes)).toString('hex')
  const rows = streams.reduce((sum, { count }) => sum + count, 0)
  const { farEnd, segment } = window.target
  const { from, to } = window
  const note = {
    ...{ side: 'agent' as const, from, to, sha256, rows, octets: bytes.length, ...whose, farEnd },
    ...(segment === undefined ? {} : { segment }),
  }
  const offered = ring.offer(note, bytes)
  return {
    window: {
      ...window,
      streams: window.streams.map((one, i) => ({ ...one, rows: decoded[i] ?? one.rows })),
    },
    digest: offered ? { sha256, rows } : null,
  }
}
