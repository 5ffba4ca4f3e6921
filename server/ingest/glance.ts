import { streamsOf } from '../../shared/record/kinds.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { RoundBook } from '../../shared/verdict/rounds.ts'
import { decides } from '../../shared/verdict/runs.ts'
import type { LegTotals } from './leg-totals.ts'

/** What the newest state takes from a record besides its row: little, so that it passes between threads. */
export interface Glance {
  /** By `farEnd/leg`. */
  readonly legs: readonly (readonly [place: string, counts: Readonly<LegTotals>])[]
  /** What its agent was shown of the log. */
  readonly told: Pick<AgentRecord, 'site' | 'agent' | 'seen' | 'fork'>
  /** The part of a round that it carries; null: none. */
  readonly round: Parameters<RoundBook['add']>[0] | null
  /** It carries a run, or a part of one. */
  readonly isRun: boolean
  /** What that run showed may hold from now on. */
  readonly holds: boolean
}

/** Picks out of a record what the newest state needs. */
export function glanceOf(record: AgentRecord): Glance {
  const { site, agent, seen, fork, round, run, observations } = record
  const told = {
    ...{ site, agent },
    ...(seen === undefined ? {} : { seen }),
    ...(fork === undefined ? {} : { fork }),
  }
  const isRun = run !== undefined
  const carried = round === undefined || isRun ? null : { agent, round, observations }
  const legs = isRun ? [] : streamsOf(observations).flatMap(legsOf)
  return { legs, told, round: carried, isRun, holds: isRun && decides(run) }
}

function legsOf({ farEnd, legs }: ReturnType<typeof streamsOf>[number]): Glance['legs'] {
  return (['out', 'back'] as const).map((leg) => {
    const { expected, lost, unattributed, late, duplicated, reordered } = legs[leg].loss
    return [`${farEnd}/${leg}`, { sent: expected, lost, unattributed, late, duplicated, reordered }]
  })
}
