import { SILENT_AFTER_MS } from '../../shared/clock.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import { RoundBook } from '../../shared/verdict/rounds.ts'
import {
  type AgentMark,
  type AgentState,
  type BootState,
  freshness,
  type StoredRecord,
} from '../store/store.ts'
import type { Glance } from './glance.ts'
import { asHeld } from './held.ts'
import { addTotals, type LegTotals } from './leg-totals.ts'
import { LiveRuns } from './live-runs.ts'

export interface LiveAgent {
  readonly agent: string
  readonly newest: StoredRecord
  readonly lastReceivedMs: number
  /** Records that the agent numbered and that are not here. */
  readonly missing: number
}

export interface LiveSite {
  readonly site: string
  /** The newest record of any of the site's agents. */
  readonly newest: StoredRecord
  readonly agents: readonly LiveAgent[]
  /** By `farEnd/leg`. */
  readonly totals: ReadonlyMap<string, Readonly<LegTotals>>
  /** What its agents saw besides voice. */
  readonly rounds: Pick<RoundBook, 'at'>
  /** Records of its runs of the last week, newest first. */
  readonly runs: readonly StoredRecord[]
  /** Rises with every record: what was derived from an older version is out of date. */
  readonly version: number
}

interface Agent {
  newest: StoredRecord
  /** A later record of the newest one's minute. */
  passed?: Pick<StoredRecord, 'boot' | 'sequence'>
  lastReceivedMs: number
  readonly boots: Map<string, { records: number; maxSequence: number }>
}

interface SiteEntry {
  version: number
  readonly agents: Map<string, Agent>
  readonly totals: Map<string, LegTotals>
  readonly rounds: RoundBook
  readonly runs: LiveRuns
}

/** The newest state of every site, in memory; rebuilt from the store when the collector starts. */
export class LiveSites {
  readonly #sites = new Map<string, SiteEntry>()
  #names: string[] | null = null
  #changed = new Set<string>()

  /** Takes over what the store knows, in pages. To be called before the first record is accepted. */
  load(states: readonly AgentState[], boots: readonly BootState[]): void {
    for (const { newest, lastReceivedMs } of states) {
      this.#entry(newest.site).agents.set(newest.agent, {
        newest,
        lastReceivedMs,
        boots: new Map(),
      })
    }
    for (const { site, agent, boot, records, maxSequence } of boots) {
      this.#sites.get(site)?.agents.get(agent)?.boots.set(boot, { records, maxSequence })
    }
  }

  /** A record was stored for the first time (repeats must not come here: they would count twice). */
  accept(came: StoredRecord, { legs, round, isRun, holds }: Glance): void {
    const row = asHeld(came, this.#sites.get(came.site)?.agents.get(came.agent)?.newest)
    const entry = this.#entry(row.site)
    entry.version += 1
    this.#changed.add(row.site)
    const agent = entry.agents.get(row.agent)
    if (agent === undefined) {
      const boots = new Map([[row.boot, { records: 1, maxSequence: row.sequence }]])
      entry.agents.set(row.agent, { newest: row, lastReceivedMs: row.receivedMs, boots })
    } else {
      if (!isRun) renew(agent, row)
      agent.lastReceivedMs = Math.max(agent.lastReceivedMs, row.receivedMs)
      const boot = agent.boots.get(row.boot) ?? { records: 0, maxSequence: 0 }
      boot.records += 1
      boot.maxSequence = Math.max(boot.maxSequence, row.sequence)
      agent.boots.set(row.boot, boot)
    }
    addTotals(entry.totals, legs)
    if (round !== null) entry.rounds.add(round)
    if (holds) entry.runs.add(row)
  }

  /** True when a mark of the store says nothing that is not known here. */
  knows({ site, agent, boot, sequence, lastReceivedMs }: AgentMark): boolean {
    const known = this.#sites.get(site)?.agents.get(agent)
    if (known === undefined || known.lastReceivedMs < lastReceivedMs) return false
    const seen = [known.newest, known.passed]
    return seen.some((one) => one?.boot === boot && one.sequence === sequence)
  }

  /**
   * Takes over agents whose records came to another collector. They add nothing to the totals, which
   * count what came to this one.
   */
  follow(states: readonly AgentState[], boots: readonly BootState[]): void {
    for (const { newest, lastReceivedMs } of states) {
      const entry = this.#entry(newest.site)
      entry.version += 1
      this.#changed.add(newest.site)
      const agent = entry.agents.get(newest.agent)
      if (agent === undefined) {
        entry.agents.set(newest.agent, { newest, lastReceivedMs, boots: new Map() })
        continue
      }
      renew(agent, newest)
      agent.lastReceivedMs = Math.max(agent.lastReceivedMs, lastReceivedMs)
    }
    for (const { site, agent, boot, records, maxSequence } of boots) {
      this.#sites.get(site)?.agents.get(agent)?.boots.set(boot, { records, maxSequence })
    }
  }

  /** Takes over a stored record that carries a round; it counts nowhere else. */
  loadRound(record: AgentRecord): void {
    const entry = this.#entry(record.site)
    entry.version += 1
    this.#changed.add(record.site)
    entry.rounds.add(record)
  }

  /** Takes over a stored record that carries a run; it counts nowhere else. */
  loadRun(row: StoredRecord): void {
    const entry = this.#entry(row.site)
    if (!entry.runs.add(row)) return
    entry.version += 1
    this.#changed.add(row.site)
  }

  /** What a site's operator says of it has changed: what was derived from it is out of date. */
  touch(site: string): void {
    const entry = this.#sites.get(site)
    if (entry === undefined) return
    entry.version += 1
    this.#changed.add(site)
  }

  /** Names of all sites that ever delivered, in order. */
  names(): readonly string[] {
    this.#names ??= [...this.#sites.keys()].sort()
    return this.#names
  }

  /** How many they are; asked with every record, while names are put in order anew with each new site. */
  get size(): number {
    return this.#sites.size
  }

  /** Sites that records came from since this was last asked. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  /** True when a record of this site ever came. */
  has(site: string): boolean {
    return this.#sites.has(site)
  }

  /** True when a record of this agent ever came. */
  hears(site: string, agent: string): boolean {
    return this.#sites.get(site)?.agents.has(agent) ?? false
  }

  /** The newest record alone: for questions about all sites at once. */
  head(site: string): Pick<LiveSite, 'site' | 'newest' | 'version'> | null {
    const entry = this.#sites.get(site)
    if (entry === undefined) return null
    let newest: StoredRecord | null = null
    for (const agent of entry.agents.values()) {
      newest = newest === null ? agent.newest : fresher(newest, agent.newest)
    }
    return newest && { site, newest, version: entry.version }
  }

  get(site: string): LiveSite | null {
    const entry = this.#sites.get(site)
    if (entry === undefined) return null
    const agents = [...entry.agents].map(([agent, { newest, lastReceivedMs, boots }]) => ({
      ...{ agent, newest, lastReceivedMs },
      missing: [...boots.values()].reduce(
        (sum, boot) => sum + Math.max(0, boot.maxSequence - boot.records),
        0,
      ),
    }))
    const newest = agents.map((agent) => agent.newest).reduce(fresher)
    const { totals, rounds, version } = entry
    return { site, newest, agents, totals, rounds, runs: entry.runs.rows, version }
  }

  #entry(site: string): SiteEntry {
    const found = this.#sites.get(site)
    if (found !== undefined) return found
    const entry = {
      ...{ version: 0, agents: new Map(), totals: new Map() },
      ...{ rounds: new RoundBook(), runs: new LiveRuns() },
    }
    this.#sites.set(site, entry)
    this.#names = null
    return entry
  }
}

/** True when the site's newest record is too old to speak of the present. */
export function isSilent(site: Pick<LiveSite, 'newest'>, nowMs: number): boolean {
  return nowMs - freshness(site.newest) > SILENT_AFTER_MS
}

/** Of one minute's records the first stands: what comes late is of a far end that was waited for in vain. */
function renew(agent: Agent, row: StoredRecord): void {
  const { newest } = agent
  const [before, now] = [freshness(newest), freshness(row)]
  const isSameMinute = row.fromMs === newest.fromMs && row.toMs === newest.toMs
  if (now > before || (now === before && !isSameMinute)) agent.newest = row
  else if (now === before) agent.passed = { boot: row.boot, sequence: row.sequence }
}

function fresher(a: StoredRecord, b: StoredRecord): StoredRecord {
  return freshness(b) > freshness(a) ? b : a
}
