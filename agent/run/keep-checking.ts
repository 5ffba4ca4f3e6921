import type { LoadedSite } from '../../config/load.ts'
import { withAnyOf } from '../../shared/any-of.ts'
import type { Log } from '../log.ts'
import { sleep } from '../sleep.ts'
import { checkApart } from './check-apart.ts'
import type { OwnLoad } from './own-load.ts'
import type { FinishedRound } from './round-queue.ts'

export interface CheckingParts {
  /** Milliseconds from one look to the next; null: never. */
  readonly everyMs: number | null
  readonly siteFile: string
  readonly loaded: Pick<LoadedSite, 'profile'>
  readonly recorder: { addRound(round: FinishedRound): void }
  readonly ownLoad: Pick<OwnLoad, 'begun' | 'untilQuiet'>
  readonly log: Log
  readonly stop: AbortSignal
}

/** The first look comes soon, but agents that start together do not look together. */
const FIRST_AFTER_MS = 15_000
const FIRST_WITHIN_MS = 60_000
/** Each wait is up to a tenth longer or shorter, for the same reason. */
const SPREAD = 0.1

/**
 * Looks at everything besides voice (ports, DNS, DHCP, links, paths) again and again until told to
 * stop. Each look is a process of its own: nothing of it stays in the agent's memory, and no defect
 * of a probe can end the measuring.
 */
export async function keepChecking(parts: CheckingParts): Promise<void> {
  const { everyMs, siteFile, loaded, recorder, log, ownLoad, stop } = parts
  if (everyMs === null) return
  await sleep(FIRST_AFTER_MS + Math.random() * FIRST_WITHIN_MS, stop)
  while (!stop.aborted) {
    await ownLoad.untilQuiet(stop)
    const startedMs = Date.now()
    const { begun } = ownLoad
    const looked = await withAnyOf([stop, begun], (over) =>
      checkApart(siteFile, loaded.profile.sha256, over),
    )
    if (stop.aborted) return
    // Load that began meanwhile may have shut ports and names out: it is looked anew afterwards.
    if (begun.aborted) continue
    if (looked.ok) {
      recorder.addRound({ startedMs, everyMs, observations: looked.value })
      const seconds = Math.round((Date.now() - startedMs) / 1000)
      log.info('looked at everything besides voice', { seconds, seen: looked.value.length })
    } else {
      log.error('could not look at what is besides voice', { why: looked.error })
    }
    const spread = 1 + SPREAD * (2 * Math.random() - 1)
    await sleep(Math.max(1000, startedMs + everyMs * spread - Date.now()), stop)
  }
}
