import type { FastifyRequest } from 'fastify'
import type { Guard } from '../access/guard.ts'
import type { KnownAccess } from '../access/known.ts'
import type { LiveSites } from '../ingest/live.ts'
import type { PlanDesk } from '../plans/plan-desk.ts'
import { problem } from '../problem.ts'

export interface SeenSites {
  readonly guard: Guard
  readonly live: LiveSites
  readonly known: KnownAccess
  readonly plans: PlanDesk
}

/**
 * Passes where the reader may see the site and it is known here: by a record, by a plan, or because it
 * was entered.
 * @throws Problem unknown-site: a site that this reader may not see does not exist for him
 */
export async function seen(parts: SeenSites, request: FastifyRequest, name: string): Promise<void> {
  const { guard, live, known, plans } = parts
  if (guard.readerOf(request).sees(name)) {
    if (live.get(name) !== null || plans.version(name) > 0) return
    if ((await known.fresh()).site(name) !== null) return
  }
  throw problem('unknown-site', { found: name })
}
