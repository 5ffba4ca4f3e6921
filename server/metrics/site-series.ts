import { Buffer } from 'node:buffer'
import { streamsOf } from '../../shared/record/kinds.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import { isSilent, type LiveSite } from '../ingest/live.ts'
import type { StoredRecord } from '../store/store.ts'
import { AGENT_FAMILIES, isUp } from './agent-families.ts'
import { Board } from './board.ts'
import { SITE_FAMILIES } from './catalogue.ts'
import { type Detail, FULL_DETAIL_SITES } from './detail.ts'
import { type Family, header, sample } from './exposition.ts'
import { Page } from './page.ts'
import { holds, type Shard } from './shard.ts'
import type { SiteView } from './site-family.ts'
import { agentsText, siteText } from './site-text.ts'
import { addUnheard, type Unheard } from './unheard.ts'

export interface SiteSeriesOptions extends Unheard {
  /** Names of all sites, in a fixed order. */
  readonly names: () => readonly string[]
  readonly site: (name: string) => LiveSite | null
  /** True where agents' word of now takes back what the newest window showed. */
  readonly outdated?: (site: LiveSite) => boolean
  readonly record: (row: StoredRecord) => AgentRecord
  readonly judgement: (site: LiveSite) => Judgement | null
  readonly nowMs: () => number
  readonly monotonicMs: () => number
  /** Lets other work run. */
  readonly pause: () => Promise<void>
}

export interface Scrape {
  readonly sees: (site: string) => boolean
  readonly shard: Shard | null
  /** Null: `full` as long as there are few sites. */
  readonly detail: Detail | null
}

/** Longest turn of the event loop that a scrape takes, milliseconds. */
const TURN_MS = 3
/** How long a scrape writes what is not written: more than that Prometheus would not wait for. */
const WRITING_MS = 2000
/** What a scrape does not say is said too. */
const LEFT_OUT: Family = {
  name: 'voipready_sites_left_out',
  type: 'gauge',
  help: 'Sites whose newest window this scrape does not have, because it is not judged yet.',
}
/** While somebody scrapes, what records change is written before the next scrape asks for it. */
const WARM_MS = 5 * 60_000

/**
 * Text of all site series. Each site's text is made once per record and kept as bytes; a scrape only
 * copies them, family by family, because the format wants a family's samples together. Sites that fell
 * silent are left out, so their series go stale by themselves; what the agents' state says stays.
 */
export class SiteSeries {
  readonly #options: SiteSeriesOptions
  readonly #kept: { [D in Detail]: Board } = { core: emptyBoard(), full: emptyBoard() }
  readonly #agents = new Board(AGENT_FAMILIES.length)
  #expectedMs = -WARM_MS
  /** Sites that a scrape had to leave out: written before the next one. */
  #leftOut = new Set<string>()
  readonly #askedMs: { [D in Detail]: number } = { core: -WARM_MS, full: -WARM_MS }

  constructor(options: SiteSeriesOptions) {
    this.#options = options
  }

  /** Streams the exposition in chunks; other work runs in between. */
  async *stream(scrape: Scrape): AsyncGenerator<Uint8Array> {
    const names = this.#options.names().filter((name) => wants(scrape, name))
    const detail = scrape.detail ?? this.#usualDetail(names.length)
    this.#askedMs[detail] = this.#options.monotonicMs()
    const turn = turns(this.#options)
    yield Buffer.from(`# detail: ${detail}, sites: ${names.length}\n`)
    const untilMs = this.#options.monotonicMs() + WRITING_MS
    let leftOut = 0
    for (const name of names) {
      const site = this.#options.site(name)
      if (site !== null && !this.#write(site, detail, untilMs)) leftOut += 1
      if (turn.isOver()) await turn.next()
    }
    if (leftOut > 0) yield Buffer.from(header(LEFT_OUT) + sample(LEFT_OUT.name, {}, leftOut))
    const page = new Page((name) => wants(scrape, name))
    for (const block of this.#agents.blocks()) {
      page.addAgents(block)
      if (turn.isOver()) await turn.next()
    }
    for (const block of this.#kept[detail].blocks()) {
      page.addSites(block)
      if (turn.isOver()) await turn.next()
    }
    await addUnheard(page, this.#options)
    for (const chunk of page.chunks()) {
      if (chunk.length > 0) yield chunk
      if (turn.isOver()) await turn.next()
    }
  }

  /**
   * A scrape is to be expected, as after a start: what it will ask for may be made before. What records
   * change meanwhile is left to that scrape: nobody may ever come.
   */
  expect(): void {
    this.#expectedMs = this.#options.monotonicMs()
  }

  /**
   * Makes the text that an ordinary scrape will ask for, which judges the site.
   * @returns false when nothing was made: the site is silent, or no scrape is expected
   */
  prepare(site: LiveSite): boolean {
    const { nowMs, monotonicMs, names } = this.#options
    const detail = this.#usualDetail(names().length)
    const from = Math.max(this.#expectedMs, this.#askedMs[detail])
    if (monotonicMs() - from >= WARM_MS || isSilent(site, nowMs())) return false
    this.#textOf(site, detail)
    return true
  }

  /**
   * Writes anew what changed, for every detail that was scraped within the last minutes.
   * @param changed names of the sites that records came from
   */
  async refresh(changed: Iterable<string>): Promise<void> {
    const now = this.#options.monotonicMs()
    const warm = (['core', 'full'] as const).filter((one) => now - this.#askedMs[one] < WARM_MS)
    const expected = now - this.#expectedMs < WARM_MS
    for (const one of ['core', 'full'] as const) {
      if (!expected && !warm.includes(one)) this.#kept[one] = emptyBoard()
    }
    if (warm.length === 0) return
    const turn = turns(this.#options)
    const leftOut = this.#leftOut
    this.#leftOut = new Set()
    for (const name of new Set([...changed, ...leftOut])) {
      const site = this.#options.site(name)
      if (site === null || isSilent(site, this.#options.nowMs())) continue
      for (const one of warm) {
        if (leftOut.has(name) || this.#kept[one].version(name) !== null) this.#textOf(site, one)
      }
      if (turn.isOver()) await turn.next()
    }
  }

  /**
   * Brings up to date what is written of a site and its agents; after `untilMs` nothing is judged any
   * more: what is held of an older window stands, with its time.
   * @returns false when the newest window is not in
   */
  #write(site: LiveSite, detail: Detail, untilMs: number): boolean {
    const nowMs = this.#options.nowMs()
    const ups = site.agents.map((agent) => Number(isUp(agent, nowMs))).join('')
    const version = `${site.version} ${ups}`
    if (this.#agents.version(site.site) !== version) {
      this.#agents.put(site.site, version, agentsText(site, nowMs))
    }
    if (isSilent(site, nowMs)) {
      this.#forget(site.site)
      return true
    }
    const written = this.#kept[detail].version(site.site) === this.#versionOf(site)
    if (!written && this.#options.monotonicMs() >= untilMs) {
      this.#leftOut.add(site.site)
      return false
    }
    this.#textOf(site, detail)
    return true
  }

  #usualDetail(sites: number): Detail {
    return sites > FULL_DETAIL_SITES ? 'core' : 'full'
  }

  #forget(name: string): void {
    this.#kept.core.drop(name)
    this.#kept.full.drop(name)
  }

  #textOf(site: LiveSite, detail: Detail): void {
    const board = this.#kept[detail]
    const version = this.#versionOf(site)
    if (board.version(site.site) === version) return
    board.put(site.site, version, siteText(this.#viewOf(site), detail))
  }

  #versionOf(site: LiveSite): string {
    const outdated = this.#options.outdated?.(site) ? ' outdated' : ''
    const fresh = this.#fresh(site).map(({ agent }) => agent)
    return `${site.version}${outdated} ${fresh.join()}`
  }

  /** Of an agent that fell silent beside others its last record says nothing of now. */
  #fresh(site: LiveSite): LiveSite['agents'] {
    const nowMs = this.#options.nowMs()
    return site.agents.filter((agent) => !isSilent(agent, nowMs))
  }

  #viewOf(site: LiveSite): SiteView {
    const { record, judgement, outdated } = this.#options
    const fresh = this.#fresh(site)
    const records = fresh.map((agent) => record(agent.newest))
    const at = fresh.findIndex((agent) => agent.newest === site.newest)
    const newest = records[at] ?? record(site.newest)
    const byFarEnd = new Map(streamsOf(newest.observations).map((seen) => [seen.farEnd, seen]))
    return {
      site: site.site,
      profile: newest.profile,
      windowEndMs: newest.window.to,
      records,
      observations: [...byFarEnd.values()],
      totals: site.totals,
      round: site.rounds.at(newest.window.to),
      outdated: outdated?.(site) ?? false,
      judgement: judgement(site),
    }
  }
}

/** Turns of the event loop, one after the other. */
function turns({ monotonicMs, pause }: Pick<SiteSeriesOptions, 'monotonicMs' | 'pause'>) {
  let began = monotonicMs()
  return {
    isOver: () => monotonicMs() - began >= TURN_MS,
    next: async () => {
      await pause()
      began = monotonicMs()
    },
  }
}

const wants = ({ sees, shard }: Scrape, name: string) => holds(shard, name) && sees(name)

function emptyBoard(): Board {
  return new Board(SITE_FAMILIES.length)
}
