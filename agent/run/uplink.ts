import type { Log } from '../log.ts'
import { sleep } from '../sleep.ts'
import type { Connections } from '../uplink/connections.ts'
import { posterOn } from '../uplink/post.ts'
import type { Spool } from '../uplink/spool.ts'
import type { Spread } from '../uplink/spread.ts'
import { startUplink, type Uplink } from '../uplink/uplink.ts'

const ANSWER_WITHIN_MS = 15_000

/** The uplink on the real clock and network. */
export function openUplink(parts: {
  readonly connections: Connections
  readonly readToken: () => string | null
  readonly spool: Spool
  readonly spread: Spread
  readonly log: Log
}): Uplink {
  const { connections, spool, spread, log, readToken } = parts
  const poster = posterOn(connections, ANSWER_WITHIN_MS)
  return startUplink({
    ...{ spool, log, readToken, poster, spread, sleep },
    random: Math.random,
    nowMs: Date.now,
  })
}
