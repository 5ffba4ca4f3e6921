import type { RunEvent, RunResult } from '../../shared/plan/run.ts'
import { lacking } from '../../shared/profile/lines.ts'
import { judge } from '../../shared/verdict/judge.ts'
import { problem } from '../problem.ts'
import type { RunChange, StoredRun } from '../store/plans/run-queries.ts'
import type { RunDeskParts } from './parts.ts'

/**
 * Keeps what an agent tells of its run and moves the run on. Safe to repeat: events are kept by their
 * number, and a run that is over stays as it is.
 */
export async function takeEvents(
  parts: RunDeskParts,
  run: StoredRun,
  events: readonly RunEvent[],
): Promise<void> {
  const { store, nowMs } = parts
  const at = { site: run.site, id: run.id }
  const rows = events.map((event) => ({ number: event.number, body: JSON.stringify(told(event)) }))
  const end = events.find((event) => event.type === 'ended')
  // First: an end that cannot be judged is refused before any of it is kept.
  const words = end === undefined || end.result === null ? {} : judged(parts, run.site, end.result)
  await store.plans.putRunEvents(at, rows)
  if (end === undefined) {
    const change = { state: 'running', heardMs: nowMs() } as const
    await store.plans.changeRun(at, ['taken', 'running'], change)
    return
  }
  const { result } = end
  const change: RunChange = {
    state: end.outcome,
    why: end.why,
    heardMs: nowMs(),
    endedMs: nowMs(),
    ...(result === null ? {} : { result: JSON.stringify(result) }),
    ...words,
  }
  await store.plans.changeRun(at, ['taken', 'running'], change)
}

/** What watchers see; the result is large and is read from the run itself. */
function told(event: RunEvent): unknown {
  if (event.type !== 'ended') return event
  const { result: _, ...rest } = event
  return rest
}

/**
 * The collector's own judgement of what the agent saw; none where it does not hold the profile.
 * @throws Problem `bad-parameter` where the result names a line that the profile lacks
 */
function judged(
  { profile, plans }: RunDeskParts,
  site: string,
  result: RunResult,
): Pick<RunChange, 'judged'> {
  const known = profile(result.profileSha256)
  if (known === null) return {}
  const { from, to, observations, onlyLines } = result
  const [strange] = lacking(known.profile, onlyLines ?? [])
  if (strange !== undefined) {
    const wanted = `lines of ${known.profile.id}`
    throw problem('bad-parameter', {
      where: 'body.events.result.onlyLines',
      wanted,
      found: strange,
    })
  }
  const judgement = judge({
    ...{ profile: known.profile, sha256: known.sha256, site: plans.site(site) },
    ...{ observations, from, to },
    ...(onlyLines === null ? {} : { onlyLines }),
  })
  return { judged: JSON.stringify(judgement) }
}
