import { PlanFollower } from '../follow-plan/follow.ts'
import type { Log } from '../log.ts'
import type { SignedClient } from '../uplink/signed-client.ts'
import type { Fieldwork } from './fieldwork.ts'
import type { Standing } from './standing.ts'

/** Measures by the collector's plan until told to stop; nothing where the agent never enrolled. */
export async function measureByPlan(
  work: Fieldwork,
  { live, state }: Standing,
  client: SignedClient | null,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  if (live === null || client === null) return
  const { site } = live.current().identity
  const apply = work.apply.bind(work)
  await new PlanFollower({ client, state, site, apply, log, stop }).run()
}
