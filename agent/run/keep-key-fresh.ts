import type { Log } from '../log.ts'
import { sleep } from '../sleep.ts'
import type { Spool } from '../uplink/spool.ts'
import type { Standing } from './standing.ts'

export interface FreshParts {
  readonly standing: Pick<Standing, 'live' | 'state'>
  readonly spool: Pick<Spool, 'pending'>
  readonly log: Log
  readonly stop: AbortSignal
}

const LOOK_EVERY_MS = 60_000
/** After a refusal or a lost answer. */
const AGAIN_AFTER_MS = 15 * 60_000

/**
 * Changes the agent's key when it is due, until told to stop. What still waits was signed by the old
 * key, so it goes first; the old key stays good for days where the spool never gets empty.
 */
export async function keepKeyFresh({ standing, spool, log, stop }: FreshParts): Promise<void> {
  const { live, state } = standing
  if (live === null) return
  const random = Math.random()
  while (!stop.aborted) {
    await sleep(LOOK_EVERY_MS, stop)
    // A live record or two under way are well within the old key's days of grace.
    if (stop.aborted || spool.pending.length > 10) continue
    try {
      const changed = await live.rotateWhenDue(state, Date.now, random)
      if (changed) log.info('the agent has a new key', { key: live.current().identity.vkey })
    } catch (error) {
      log.warn('the key could not be changed; the old one goes on', {
        why: (error as Error).message,
      })
      await sleep(AGAIN_AFTER_MS, stop)
    }
  }
}
