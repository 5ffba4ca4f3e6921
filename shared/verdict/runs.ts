import type { RequirementKind } from '../profile/schema.ts'
import type { FarEndName } from '../profile/site.ts'
import type { Observation } from '../record/kinds.ts'
import type { AgentRecord, RunPart } from '../record/record.ts'

/** What a run of load showed, as far as it holds. */
export interface HeldRun extends Pick<RunPart, 'id' | 'kind' | 'by' | 'from' | 'to'> {
  readonly agent: string
  readonly observations: readonly Observation[]
}

/**
 * What a run of load showed holds for a week, under the profile that it was made by. How queues are
 * set and how wide a link is changes when somebody changes it, not from hour to hour as names and
 * ports may; but nothing tells an agent when a provider does, and load hurts whoever uses the link,
 * so it cannot be asked for each hour. A week lets one quiet night stand for the working days after
 * it, and is short enough for a change to be found out by the next one. A far end that has moved to
 * another address, or to another kind of circuit, ends it at once (see `stillHolds`).
 */
export const RUN_HOLDS_MS = 7 * 24 * 3_600_000

/** Lines that a run of load decides where one held, and the kind of run that does. */
export const RUN_OF: { readonly [K in RequirementKind]?: 'capacity' | 'qos' } = {
  bandwidth: 'capacity',
  qos: 'qos',
}

/** True where what a run showed may decide lines; what others saw stands in records for itself. */
export function decides({ kind }: Pick<RunPart, 'kind'>): boolean {
  return Object.values(RUN_OF).some((deciding) => deciding === kind)
}

/** Records with runs that are read for one judgement: the newest of a week, in their parts. */
export const MAX_RUN_RECORDS = 64

export type RunRecord = Pick<AgentRecord, 'agent' | 'observations' | 'profile'> & {
  readonly run?: AgentRecord['run']
}

interface Page {
  readonly run: RunPart
  readonly agent: string
  readonly seen: Map<number, readonly Observation[]>
}

/**
 * What runs of load showed that holds at an instant (milliseconds since 1970), from records newest
 * first: to each far end the newest capacity and the newest priority, whatever came of them, so that
 * nobody can choose the better of two. A run of which parts are missing counts for nothing: the
 * missing part may be the step that broke.
 */
export function runsAt(
  newestFirst: readonly RunRecord[],
  ms: number,
  profileSha256: string,
): readonly HeldRun[] {
  const pages = new Map<string, Page>()
  for (const { run, agent, profile, observations } of newestFirst.slice(0, MAX_RUN_RECORDS)) {
    if (run === undefined || run.to > ms || ms >= run.to + RUN_HOLDS_MS) continue
    if (profile.sha256 !== profileSha256 || run.outcome === 'lost') continue
    const key = `${agent} ${run.id}`
    const page = pages.get(key) ?? { run, agent, seen: new Map() }
    page.seen.set(run.part, observations)
    pages.set(key, page)
  }
  const whole = [...pages.values()].filter(({ run, seen }) => seen.size >= run.parts)
  whole.sort((a, b) => b.run.to - a.run.to || (a.run.id < b.run.id ? -1 : 1))
  const taken = new Set<string>()
  return whole.flatMap(({ run, agent, seen }) => {
    const { id, kind, by, from, to } = run
    const telling = [...seen.entries()]
      .sort(([a], [b]) => a - b)
      .flatMap(([, observations]) => observations)
      .filter((one) => tells(run, one) && !taken.has(placeOf(one)))
    for (const one of telling) taken.add(placeOf(one))
    return telling.length === 0 ? [] : [{ agent, id, kind, by, from, to, observations: telling }]
  })
}

/** Where the voice of a period went: what a run showed holds only for the same way. */
export interface Way {
  readonly farEnd: FarEndName | 'none'
  readonly address: string
  readonly path: string
}

/** The observations of runs that still speak of the ways that the period's streams took. */
export function stillHolds(runs: readonly HeldRun[], ways: readonly Way[]): Observation[] {
  return runs.flatMap(({ observations }) =>
    observations.filter((one) => {
      const stream = one.kind === 'qos' ? one.before.marked : one.kind === 'stream' ? one : null
      const same = ways.filter(({ farEnd }) => farEnd === one.farEnd)
      return (
        same.length === 0 ||
        same.some(({ address, path }) => address === stream?.peer.address && path === stream?.path)
      )
    }),
  )
}

/** Load that was never offered tells nothing, and takes the place of nothing that was. */
export function tells(run: Pick<RunPart, 'kind'>, seen: Observation): boolean {
  if (run.kind === 'capacity') return seen.kind === 'stream' && seen.ramp === true
  return run.kind === 'qos' && seen.kind === 'qos' && seen.loaded !== null
}

function placeOf({ kind, farEnd }: Observation): string {
  return `${kind} ${farEnd}`
}
