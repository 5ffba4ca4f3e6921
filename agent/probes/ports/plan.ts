import { linesForSite } from '../../../shared/profile/lines.ts'
import type { PortPair } from '../../../shared/profile/ports.ts'
import type { Profile } from '../../../shared/profile/schema.ts'
import type { Site } from '../../../shared/profile/site.ts'
import { legsOf, triedPairs } from '../../../shared/verdict/ports.ts'

/** What is to be tried, each pair once however many rows ask for it. */
export interface PortPlan {
  /** Towards each far end, by who opens. */
  readonly out: readonly PortPair[]
  readonly back: readonly PortPair[]
  /** Towards hosts that the site names. */
  readonly hosts: readonly {
    readonly host: string
    readonly internet: boolean
    readonly pairs: readonly PortPair[]
  }[]
}

/** Rows that are waived, not asked for, or lack their site value ask for nothing. */
export function planPorts(profile: Profile, site: Site, only?: ReadonlySet<string>): PortPlan {
  const rows = linesForSite(profile, site).flatMap((line): Row[] => {
    const { requirement, missing, waived, hosts } = line
    if (requirement.kind !== 'ports' || missing !== null || waived !== null) return []
    if (only !== undefined && !only.has(requirement.id)) return []
    const internet = requirement.path === 'Internet'
    return [{ pairs: triedPairs(requirement), legs: legsOf(requirement), hosts, internet }]
  })
  const atFarEnds = rows.filter(({ hosts }) => hosts === null)
  const atHosts = rows.filter(({ legs }) => legs.includes('out'))
  const hosts = [...new Set(atHosts.flatMap((row) => row.hosts ?? []))].map((host) => {
    const own = atHosts.filter((row) => row.hosts?.includes(host))
    return { host, internet: own.some(({ internet }) => internet), pairs: distinct(own) }
  })
  const opened = (leg: 'out' | 'back') =>
    distinct(atFarEnds.filter((row) => row.legs.includes(leg)))
  return { out: opened('out'), back: opened('back'), hosts }
}

interface Row {
  readonly pairs: readonly PortPair[]
  readonly legs: readonly ('out' | 'back')[]
  readonly hosts: readonly string[] | null
  readonly internet: boolean
}

function distinct(rows: readonly Row[]): PortPair[] {
  const pairs = rows.flatMap((row) => row.pairs)
  return [...new Map(pairs.map((pair) => [nameOf(pair), pair])).values()]
}

export function nameOf({ proto, port }: PortPair): string {
  return `${proto} ${port}`
}
