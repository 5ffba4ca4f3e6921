import { streamsOf } from '../../shared/record/kinds.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import { isSilent, type LiveSite } from '../ingest/live.ts'
import { type AgentView, agentFamilies } from './agent-families.ts'
import { SITE_FAMILIES, type SiteView } from './catalogue.ts'
import { header, sample } from './exposition.ts'

export interface SiteSeriesOptions {
  readonly sites: () => readonly LiveSite[]
  readonly record: (site: LiveSite) => AgentRecord
  readonly judgement: (site: LiveSite) => Judgement | null
  readonly nowMs: () => number
  /** Lets other work run; called between slices. */
  readonly pause: () => Promise<void>
}

/** Sites rendered between two turns of the event loop. */
const SITES_PER_TURN = 20
const PIECES_PER_CHUNK = 250

/**
 * Text of all site series. Each site's text is made once per record and kept, family by family,
 * because the format wants a family's samples together. Sites that fell silent are left out, so
 * their series go stale by themselves; what the agents' state says stays.
 */
export class SiteSeries {
  readonly #options: SiteSeriesOptions
  readonly #cache = new Map<string, { readonly version: number; readonly text: string[] }>()

  constructor(options: SiteSeriesOptions) {
    this.#options = options
  }

  /** Streams the exposition in chunks; other work runs in between. */
  async *stream(): AsyncGenerator<string> {
    const nowMs = this.#options.nowMs()
    const sites = this.#options.sites()
    const agents: AgentView[] = []
    const pieces: string[][] = []
    for (const [index, site] of sites.entries()) {
      const record = this.#options.record(site)
      for (const agent of site.agents) agents.push({ ...agent, site: site.site, nowMs, record })
      if (isSilent(site, nowMs)) this.#cache.delete(site.site)
      else pieces.push(this.#textOf(site, record))
      if (index % SITES_PER_TURN === SITES_PER_TURN - 1) await this.#options.pause()
    }
    for (const family of agentFamilies()) {
      const samples = agents.map((agent) => family.sample(agent))
      if (samples.length > 0) yield header(family) + samples.join('')
    }
    for (const [index, family] of SITE_FAMILIES.entries()) {
      const own = pieces.map((site) => site[index] ?? '').filter((text) => text !== '')
      for (let at = 0; at < own.length; at += PIECES_PER_CHUNK) {
        const text = own.slice(at, at + PIECES_PER_CHUNK).join('')
        yield at === 0 ? header(family) + text : text
      }
      await this.#options.pause()
    }
  }

  #textOf(site: LiveSite, record: AgentRecord): string[] {
    const cached = this.#cache.get(site.site)
    if (cached?.version === site.version) return cached.text
    const view = viewOf(site, record, this.#options.judgement(site))
    const text = SITE_FAMILIES.map((family) => {
      let lines = ''
      for (const [labels, value] of family.samples(view)) {
        if (value !== null) lines += sample(family.name, labels, value)
      }
      return lines
    })
    this.#cache.set(site.site, { version: site.version, text })
    return text
  }
}

function viewOf(site: LiveSite, record: AgentRecord, judgement: Judgement | null): SiteView {
  const byFarEnd = new Map(streamsOf(record.observations).map((seen) => [seen.farEnd, seen]))
  return {
    site: site.site,
    profile: record.profile,
    windowEndMs: record.window.to,
    observations: [...byFarEnd.values()],
    totals: site.totals,
    round: site.rounds.at(record.window.to),
    judgement,
  }
}
