import type { Kysely, Selectable, Updateable } from 'kysely'
import type { RunState } from '../../../shared/plan/run-kinds.ts'
import type { Tables } from '../tables.ts'
import type { PlanTables } from './tables.ts'

export interface StoredRun {
  readonly site: string
  readonly id: string
  /** JSON of what was asked. */
  readonly ask: string
  readonly state: RunState
  readonly by: string
  readonly agent: string | null
  readonly askedMs: number
  readonly takenMs: number | null
  readonly heardMs: number | null
  readonly endedMs: number | null
  readonly cancel: boolean
  readonly why: string
  /** JSON; null while there is none. */
  readonly result: string | null
  readonly judged: string | null
}

export interface StoredRunEvent {
  readonly number: number
  readonly body: string
}

/** What of a run may change. */
export interface RunChange {
  readonly state?: RunState
  readonly heardMs?: number
  readonly endedMs?: number
  readonly cancel?: true
  readonly why?: string
  readonly result?: string
  readonly judged?: string
}

const WAITING: readonly RunState[] = ['asked']
const UNDER_WAY: readonly RunState[] = ['taken', 'running']
const OPEN: readonly RunState[] = [...WAITING, ...UNDER_WAY]

/** Puts a run into the site's queue; false: the queue is full. Repeated, it changes nothing. */
export function askRun(
  db: Kysely<Tables>,
  run: Pick<StoredRun, 'site' | 'id' | 'ask' | 'by' | 'askedMs'>,
  mostOpen: number,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { site, id, ask, by, askedMs } = run
    const open = await openRuns(tx, site)
    if (open.some((one) => one.id === id)) return true
    if (open.length >= mostOpen) return false
    await tx
      .insertInto('run')
      .values({
        ...{ site, id, ask, actor: by, asked_ms: askedMs, state: 'asked' },
        ...{ agent: null, taken_ms: null, heard_ms: null, ended_ms: null },
        ...{ cancel: 0, why: '', result: null, judged: null },
      })
      .execute()
    return true
  })
}

/** Runs of a site that are not over, oldest first. */
export async function openRuns(db: Kysely<Tables>, site: string): Promise<StoredRun[]> {
  const rows = await db
    .selectFrom('run')
    .selectAll()
    .where('site', '=', site)
    .where('state', 'in', OPEN)
    .orderBy('asked_ms')
    .orderBy('id')
    .execute()
  return rows.map(toRun)
}

/** Runs of all sites that are not over, at most `limit`: for the collector's watch over them. */
export async function allOpenRuns(db: Kysely<Tables>, limit: number): Promise<StoredRun[]> {
  const rows = await db
    .selectFrom('run')
    .selectAll()
    .where('state', 'in', OPEN)
    .orderBy('state')
    .orderBy('site')
    .limit(limit)
    .execute()
  return rows.map(toRun)
}

/** Gives a run to an agent; false when it is not waiting (any more). */
export async function takeRun(
  db: Kysely<Tables>,
  run: { readonly site: string; readonly id: string; readonly agent: string },
  nowMs: number,
): Promise<boolean> {
  const { site, id, agent } = run
  const done = await db
    .updateTable('run')
    .set({ state: 'taken', agent, taken_ms: nowMs, heard_ms: nowMs })
    .where('site', '=', site)
    .where('id', '=', id)
    .where('state', '=', 'asked')
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

/** Changes a run that is in one of the states; false when it is not. */
export async function changeRun(
  db: Kysely<Tables>,
  run: { readonly site: string; readonly id: string },
  from: readonly RunState[],
  change: RunChange,
): Promise<boolean> {
  const set: Updateable<PlanTables['run']> = {
    ...(change.state === undefined ? {} : { state: change.state }),
    ...(change.heardMs === undefined ? {} : { heard_ms: change.heardMs }),
    ...(change.endedMs === undefined ? {} : { ended_ms: change.endedMs }),
    ...(change.cancel === undefined ? {} : { cancel: 1 }),
    ...(change.why === undefined ? {} : { why: change.why }),
    ...(change.result === undefined ? {} : { result: change.result }),
    ...(change.judged === undefined ? {} : { judged: change.judged }),
  }
  const done = await db
    .updateTable('run')
    .set(set)
    .where('site', '=', run.site)
    .where('id', '=', run.id)
    .where('state', 'in', from)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

/** Keeps events by their number; those that are here already stay as they are. */
export async function putRunEvents(
  db: Kysely<Tables>,
  run: { readonly site: string; readonly id: string },
  events: readonly StoredRunEvent[],
): Promise<void> {
  const { site, id } = run
  await db
    .insertInto('run_event')
    .values(events.map(({ number, body }) => ({ site, id, number, body })))
    .onConflict((conflict) => conflict.columns(['site', 'id', 'number']).doNothing())
    .execute()
}

export async function runEvents(
  db: Kysely<Tables>,
  run: { readonly site: string; readonly id: string },
  after: number,
  limit: number,
): Promise<StoredRunEvent[]> {
  return await db
    .selectFrom('run_event')
    .select(['number', 'body'])
    .where('site', '=', run.site)
    .where('id', '=', run.id)
    .where('number', '>', after)
    .orderBy('number')
    .limit(limit)
    .execute()
}

export async function findRun(
  db: Kysely<Tables>,
  site: string,
  id: string,
): Promise<StoredRun | null> {
  const row = await db
    .selectFrom('run')
    .selectAll()
    .where('site', '=', site)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : toRun(row)
}

/** Runs of a site, newest first, without their results. */
export async function listRuns(
  db: Kysely<Tables>,
  site: string,
  limit: number,
): Promise<StoredRun[]> {
  const rows = await db
    .selectFrom('run')
    .select(['site', 'id', 'ask', 'state', 'actor', 'agent', 'asked_ms', 'taken_ms', 'heard_ms'])
    .select(['ended_ms', 'cancel', 'why'])
    .where('site', '=', site)
    .orderBy('asked_ms', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => toRun({ ...row, result: null, judged: null }))
}

function toRun(row: Selectable<PlanTables['run']>): StoredRun {
  return {
    ...{ site: row.site, id: row.id, ask: row.ask, by: row.actor, agent: row.agent },
    state: row.state as RunState,
    ...{ askedMs: row.asked_ms, takenMs: row.taken_ms, heardMs: row.heard_ms },
    ...{ endedMs: row.ended_ms, cancel: row.cancel === 1, why: row.why },
    ...{ result: row.result, judged: row.judged },
  }
}
