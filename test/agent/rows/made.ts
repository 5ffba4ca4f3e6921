import { createHash } from 'node:crypto'
import type { RowsNote } from '../../../agent/rows/frame.ts'
import { type RingLimits, RowsRing } from '../../../agent/rows/ring.ts'
import { encodeAgentRows } from '../../../shared/measure/raw-rows.ts'
import { seeded, travel } from '../../shared/measure/simulation.ts'

export const MINUTE = 60_000
export const START = 1_800_000_000_000

export interface Made {
  readonly note: RowsNote
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Raw rows of `count` packets of the minute that begins at `fromMs`. */
export function windowAt(fromMs: number, count = 100): Made {
  const random = seeded(fromMs / 1000)
  const out = () => (random() < 0.05 ? null : 10 + random() * 5)
  const { rows } = travel({
    count,
    out,
    back: () => 10 + random() * 5,
    firstSequence: fromMs % 9e5,
  })
  const bytes = encodeAgentRows([rows])
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const whose = { site: 'leeds', agent: 'leeds', farEnd: 'primary' } as const
  const span = { from: fromMs, to: fromMs + MINUTE }
  return {
    bytes,
    note: { side: 'agent', ...span, sha256, rows: count, octets: bytes.length, ...whose },
  }
}

/** A ring whose clock is told, and what it said of itself. */
export function ringIn(folder: string, limits: Partial<RingLimits> = {}) {
  const clock = { ms: START }
  const said: (string | null)[] = []
  const ring = new RowsRing({
    folder,
    limits: { maxOctets: 1e9, maxDays: 7, queueOctets: 1e8, ...limits },
    nowMs: () => clock.ms,
    onState: (cause) => said.push(cause),
  })
  return { ring, clock, said }
}
