import type { PortPair } from '../../../shared/profile/ports.ts'
import { asRanges, type PortGroup, type PortState } from '../../../shared/record/ports.ts'
import type { Reach } from '../../io/reach.ts'

/** What came of one pair on one leg. */
export interface Fate extends PortPair {
  readonly state: PortState
  readonly proof: PortGroup['proof']
  readonly cause: string
  /** Null where only time ran out. */
  readonly ms: number | null
}

const MOST_GROUPS = 64
const MOST_CAUSE = 253

/** Fates that are alike as one group, so that a record stays small whatever was seen. */
export function groupFates(fates: readonly Fate[]): PortGroup[] {
  const groups = new Map<string, Fate[]>()
  for (const fate of fates) {
    const full = `${fate.proto} ${fate.state} ${fate.proof} ${fate.cause} ${fate.ms === null}`
    // A far end that says something else of every port must not fill the record.
    const key = groups.size < MOST_GROUPS - 22 || groups.has(full) ? full : looseKey(fate)
    groups.set(key, [...(groups.get(key) ?? []), fate])
  }
  return [...groups.values()].map((alike) => {
    const sorted = [...alike].sort((a, b) => a.port - b.port)
    const { proto, state, proof, cause } = sorted[0] as Fate
    return {
      ...{ proto, state, proof, cause: cause.slice(0, MOST_CAUSE) },
      ports: asRanges(sorted.map(({ port }) => port)),
      ms: sorted.flatMap(({ ms }) => (ms === null ? [] : [ms])),
    }
  })
}

function looseKey({ proto, state, proof }: Fate): string {
  return `${proto} ${state} ${proof}`
}

/** A reach as a fate where the far end is known to listen; legs of silence are named by the caller. */
export function fateOfReach(pair: PortPair, reach: Reach, proof: PortGroup['proof']): Fate {
  const { state, cause, ms } = reach
  const open = state === 'open'
  return {
    ...pair,
    state: state === 'not-tried' ? 'not-tested' : state,
    proof: open ? proof : 'none',
    cause: state === 'filtered' ? '' : cause,
    ms: state === 'filtered' || state === 'silent' ? null : ms,
  }
}

export function notTested(pair: PortPair, cause: string): Fate {
  return { ...pair, state: 'not-tested', proof: 'none', cause, ms: null }
}
