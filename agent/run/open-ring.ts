import { join } from 'node:path'
import type { AgentOptions } from '../cli/agent.ts'
import type { Log } from '../log.ts'
import { RowsRing } from '../rows/ring.ts'
import type { Standing } from './standing.ts'

/** A minute of two calls is 0.4 MB: the disk may be away for longer than it ever should. */
const QUEUE_OCTETS = 32 * 2 ** 20

/** The ring of raw rows beside the agent's identity; null where it is off or cannot be had, and said so. */
export function openRing(
  { rowsSize, rowsDays }: Pick<AgentOptions, 'rowsSize' | 'rowsDays'>,
  { state }: Pick<Standing, 'state'>,
  log: Log,
): RowsRing | null {
  if (rowsSize === 0) {
    log.warn('raw rows are not kept (--rows-size off): no minute can be produced packet by packet')
    return null
  }
  const folder = join(state, 'rows')
  try {
    const limits = { maxOctets: rowsSize, maxDays: rowsDays, queueOctets: QUEUE_OCTETS }
    const ring = new RowsRing({
      ...{ folder, limits, nowMs: Date.now },
      onState: (cause, detail) => {
        const mend = 'give the disk room, or --rows-size less'
        if (cause === null) log.info('raw rows are kept again')
        else log.error('raw rows are not kept; records still are', { cause, detail, mend })
      },
    })
    for (const segment of ring.torn) log.warn('raw rows were torn and cut back', { segment })
    return ring
  } catch (error) {
    log.error('raw rows are not kept', { folder, why: (error as Error).message })
    return null
  }
}
