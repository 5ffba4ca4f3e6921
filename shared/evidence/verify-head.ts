import type { AgentRecord } from '../record/record.ts'

/** What an agent's records say alike one after the other. */
export interface Head extends Pick<AgentRecord, 'site' | 'agent' | 'boot' | 'tool' | 'profile'> {
  /** Log of the checkpoint that it has seen; null: it has seen none. */
  readonly origin: string | null
  readonly synchronised: boolean
  /** Of its clock; null: it tells nothing of that. */
  readonly source: NonNullable<AgentRecord['clock']>['source'] | null
}

export type Besides = Pick<AgentRecord, 'fork' | 'round' | 'run' | 'dropped'>

/** The one before, where this record says the same. */
export function headOf(record: AgentRecord, before: Head | undefined): Head {
  const { site, agent, boot, tool, profile, seen, clock } = record
  const head = {
    ...{ site, agent, boot, tool, profile, origin: seen?.origin ?? null },
    ...{ synchronised: clock?.synchronised ?? false, source: clock?.source ?? null },
  }
  return before !== undefined && sameHead(before, head) ? before : head
}

function sameHead(a: Head, b: Head): boolean {
  return (
    a.site === b.site &&
    a.boot === b.boot &&
    a.origin === b.origin &&
    a.synchronised === b.synchronised &&
    a.source === b.source &&
    a.tool.version === b.tool.version &&
    a.profile.id === b.profile.id &&
    a.profile.version === b.profile.version &&
    a.profile.sha256 === b.profile.sha256
  )
}

/** What few records have; null: this one has none of it. */
export function besidesOf({ fork, round, run, dropped }: AgentRecord): Besides | null {
  if (fork === undefined && round === undefined && run === undefined && dropped === undefined)
    return null
  return {
    ...(fork === undefined ? {} : { fork }),
    ...(round === undefined ? {} : { round }),
    ...(run === undefined ? {} : { run }),
    ...(dropped === undefined ? {} : { dropped }),
  }
}
