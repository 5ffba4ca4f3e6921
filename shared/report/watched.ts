import type { SeenRecord } from '../evidence/verify-items.ts'
import type { Profile } from '../profile/schema.ts'
import type { FarEndName } from '../profile/site.ts'
import { type Observation, streamsOf } from '../record/kinds.ts'
import type { StreamObservation } from '../record/observation.ts'
import { type Hole, holesIn } from '../verdict/coverage.ts'

/** Who watched, with which clocks, and which times nobody saw. */
export interface Watched {
  readonly coverage: readonly Coverage[]
  readonly agents: readonly AgentSeen[]
  readonly clocks: ClockBudget
  /** The newest look at each thing besides voice, by kind and far end. */
  readonly newest: ReadonlyMap<string, Observation>
}

export interface Coverage {
  readonly farEnd: FarEndName
  /** Milliseconds of each quarter hour that were seen. */
  readonly seenMs: readonly number[]
  /** What was not seen, neighbours of one cause as one. */
  readonly holes: readonly Hole[]
}

export interface AgentSeen {
  readonly agent: string
  readonly versions: readonly string[]
  readonly starts: number
  readonly records: number
  readonly signed: number
}

export interface ClockBudget {
  /** Minutes of streams, of which with an agent's or a reflector's clock that was not synchronised. */
  readonly streams: number
  readonly unsynchronised: number
  /** Largest bound that a kernel stated, milliseconds; null: none did. */
  readonly maxErrorMs: number | null
  readonly faults: number
  readonly steps: number
  /** Widest span in which the offset between two clocks was known to lie, milliseconds. */
  readonly widestOffsetMs: number | null
}

const FAR_ENDS: readonly FarEndName[] = ['primary', 'secondary']

/** Gathers {@link Watched} quarter hour by quarter hour; holds no record. */
export class Watching {
  readonly #coverage: { farEnd: FarEndName; seenMs: number[]; holes: Hole[] }[]
  readonly #agents = new Map<
    string,
    { versions: Set<string>; boots: Set<string>; records: number; signed: number }
  >()
  readonly #newest = new Map<string, Observation>()
  #clocks: ClockBudget = {
    ...{ streams: 0, unsynchronised: 0, maxErrorMs: null, faults: 0, steps: 0 },
    widestOffsetMs: null,
  }

  constructor(steps: number) {
    const none = () => Array.from({ length: steps }, () => 0)
    this.#coverage = FAR_ENDS.map((farEnd) => ({ farEnd, seenMs: none(), holes: [] }))
  }

  /** @param profile by which this quarter hour was judged; null: nothing of it can be said */
  add(
    step: number,
    span: { readonly from: number; readonly to: number },
    records: readonly SeenRecord[],
    profile: Profile | null,
  ): void {
    const streams: StreamObservation[] = []
    for (const seen of records) {
      const { from } = seen.record.window
      const inside = from >= span.from && from < span.to
      if (inside) this.#agent(seen)
      // What was asked for stands for itself.
      if (seen.record.run !== undefined) continue
      for (const one of seen.observations()) {
        if (one.kind === 'stream') streams.push(one)
        else if (inside) this.#keepNewest(one)
      }
    }
    const voice = streamsOf(streams).filter(({ dscp }) => dscp === profile?.media.dscp)
    const begun = voice.filter(({ from }) => from >= span.from && from < span.to)
    for (const one of begun) this.#clock(one)
    for (const { farEnd, seenMs, holes } of this.#coverage) {
      const here = begun.filter((one) => one.farEnd === farEnd)
      const missed = holesIn(here, span.from, span.to)
      seenMs[step] = missed.reduce(
        (left, hole) => left - (hole.to - hole.from),
        span.to - span.from,
      )
      for (const hole of missed) join(holes, hole)
    }
  }

  watched(): Watched {
    return {
      coverage: this.#coverage,
      agents: [...this.#agents].map(([agent, { versions, boots, records, signed }]) => ({
        ...{ agent, versions: [...versions], starts: boots.size, records, signed },
      })),
      clocks: this.#clocks,
      newest: this.#newest,
    }
  }

  #agent({ record, proven }: SeenRecord): void {
    const { agent, boot, tool } = record
    const known = this.#agents.get(agent)
    const one = known ?? { versions: new Set(), boots: new Set(), records: 0, signed: 0 }
    one.versions.add(tool.version)
    one.boots.add(boot)
    one.records += 1
    if (proven) one.signed += 1
    if (known === undefined) this.#agents.set(agent, one)
  }

  #keepNewest(one: Observation): void {
    const key = `${one.kind} ${one.farEnd}`
    const before = this.#newest.get(key)
    if (before === undefined || before.to <= one.to) this.#newest.set(key, one)
  }

  #clock({ clocks }: StreamObservation): void {
    const { agent, reflector, offset, fault } = clocks
    const sure = agent.synchronised && reflector?.synchronised === true
    const before = this.#clocks
    const width = offset === null ? null : offset.highMs - offset.lowMs
    this.#clocks = {
      streams: before.streams + 1,
      unsynchronised: before.unsynchronised + (sure ? 0 : 1),
      maxErrorMs: larger(
        before.maxErrorMs,
        larger(agent.maxErrorMs, reflector?.maxErrorMs ?? null),
      ),
      faults: before.faults + (fault === null ? 0 : 1),
      steps: before.steps + agent.steps + (reflector?.steps ?? 0),
      widestOffsetMs: larger(before.widestOffsetMs, width),
    }
  }
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}

function join(holes: Hole[], hole: Hole): void {
  const last = holes.at(-1)
  if (last === undefined || last.to !== hole.from || last.cause !== hole.cause) holes.push(hole)
  else holes[holes.length - 1] = { ...last, to: hole.to }
}
