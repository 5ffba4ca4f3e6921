import type { StoredRun } from '../store/plans/run-queries.ts'
import type { Seen } from './open-sites.ts'
import type { RunDeskParts } from './parts.ts'

/** Runs that one look takes in; a fleet has few under way. */
const MOST = 1000

/**
 * Looks at all runs that are not over: ends those that nobody took in their time and those whose
 * agent has fallen silent. Returns what it saw, for whoever waits for news of it.
 * @param sinceMs when this collector began to listen: what was told to nobody before is not silence
 */
export async function watchOver(parts: RunDeskParts, sinceMs: number): Promise<Seen<StoredRun>> {
  const runs = await parts.store.plans.allOpenRuns(MOST)
  for (const run of runs) await endOverdue(parts, run, sinceMs)
  return { runs, all: runs.length < MOST }
}

async function endOverdue(parts: RunDeskParts, run: StoredRun, sinceMs: number): Promise<void> {
  const { store, limits, nowMs } = parts
  const endedMs = nowMs()
  const at = { site: run.site, id: run.id }
  if (run.state === 'asked' && endedMs - run.askedMs >= limits.expiresMs) {
    const why = `no agent took it within ${limits.expiresMs / 1000} s`
    await store.plans.changeRun(at, ['asked'], { state: 'expired', endedMs, why })
  }
  const heardMs = Math.max(run.heardMs ?? run.takenMs ?? run.askedMs, sinceMs)
  if (run.state !== 'asked' && endedMs - heardMs >= limits.silentMs) {
    const why = `the agent said nothing of it for ${limits.silentMs / 1000} s`
    await store.plans.changeRun(at, ['taken', 'running'], { state: 'failed', endedMs, why })
  }
}
