import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import { type PlacedRecord, recordsWithPlaces, toPlacedRecord } from './proofs.ts'

/** Agents of a site that are looked at: those that were heard last. */
const MOST_AGENTS = 32

interface Period {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Of each agent of a site the last record that ended by `fromMs` and the first that began at `toMs` or
 * later, where they stand in a log: between the two its chain holds all that it made of that time.
 */
export async function nearestOf(
  db: Kysely<Tables>,
  site: string,
  period: Period,
): Promise<PlacedRecord[]> {
  const agents = await db
    .selectFrom('agent_state')
    .innerJoin('record', (join) =>
      join
        .onRef('record.site', '=', 'agent_state.site')
        .onRef('record.agent', '=', 'agent_state.agent')
        .onRef('record.boot', '=', 'agent_state.boot')
        .onRef('record.sequence', '=', 'agent_state.sequence'),
    )
    .select(['agent_state.agent', 'record.to_ms'])
    .where('agent_state.site', '=', site)
    .orderBy('agent_state.last_received_ms', 'desc')
    .limit(MOST_AGENTS)
    .execute()
  const found: PlacedRecord[] = []
  for (const { agent, to_ms: newestMs } of agents) {
    const before = await lastBefore(db, site, agent, Math.min(period.fromMs, newestMs))
    // Of one that fell silent nothing comes after: not looked for among all the records of the others.
    const after =
      newestMs > period.toMs ? await firstAfter(db, site, agent, period.toMs) : undefined
    for (const row of [before, after]) if (row !== undefined) found.push(toPlacedRecord(row))
  }
  return found
}

function lastBefore(db: Kysely<Tables>, site: string, agent: string, untilMs: number) {
  return recordsWithPlaces(db, site)
    .where('record.agent', '=', agent)
    .where('record.to_ms', '<=', untilMs)
    .orderBy('record.to_ms', 'desc')
    .orderBy('record.sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
}

function firstAfter(db: Kysely<Tables>, site: string, agent: string, sinceMs: number) {
  return recordsWithPlaces(db, site)
    .where('record.agent', '=', agent)
    .where('record.to_ms', '>', sinceMs)
    .where('record.from_ms', '>=', sinceMs)
    .orderBy('record.to_ms')
    .orderBy('record.sequence')
    .limit(1)
    .executeTakeFirst()
}
