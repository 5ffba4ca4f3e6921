import type { LiveSite } from '../ingest/live.ts'
import { AGENT_FAMILIES } from './agent-families.ts'
import { SITE_FAMILIES } from './catalogue.ts'
import { type Detail, keeps, mayKeep } from './detail.ts'
import { sample } from './exposition.ts'
import type { SiteView } from './site-family.ts'

/**
 * The exposition of one site as bytes, family after family in a fixed order: family `i` ends at
 * `ends[i]` and begins where the one before it ends.
 */
export interface SiteText {
  readonly bytes: Uint8Array
  readonly ends: Uint32Array
}

/** Writes what the detail keeps of a site; a value that is not known makes no sample. */
export function siteText(view: SiteView, detail: Detail): SiteText {
  return textOf(
    SITE_FAMILIES.map((family) => {
      let lines = ''
      if (!mayKeep(detail, family.name)) return lines
      const samples = (detail === 'core' && family.core) || family.samples
      for (const [labels, value] of samples(view)) {
        if (value === null || !keeps(detail, family.name, labels, value)) continue
        lines += sample(family.name, labels, value)
      }
      return lines
    }),
  )
}

/** What is known of a site's agents, by AGENT_FAMILIES. */
export function agentsText(site: Pick<LiveSite, 'site' | 'agents'>, nowMs: number): SiteText {
  const views = site.agents.map((agent) => ({ ...agent, site: site.site, nowMs }))
  return textOf(AGENT_FAMILIES.map((family) => views.map(family.sample).join('')))
}

function textOf(families: readonly string[]): SiteText {
  const ends = new Uint32Array(families.length)
  let written = 0
  for (const [index, lines] of families.entries()) {
    written += Buffer.byteLength(lines)
    ends[index] = written
  }
  return { bytes: Buffer.from(families.join('')), ends }
}
