import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadSite } from '../config/load.ts'
import { Fault } from '../shared/errors.ts'
import type { Site } from '../shared/profile/site.ts'

/** What the collector's operator says of his sites. An agent's own word on its site is not taken. */
export interface SiteBook {
  /** The site's file; null when this collector was given none: lines that need one cannot pass. */
  readonly site: (name: string) => Site | null
  /** The profiles that the site files name, by id or path, for the profile book. */
  readonly profiles: readonly string[]
}

export const NO_SITES: SiteBook = { site: () => null, profiles: [] }

/**
 * Reads every site file (*.yaml, *.yml) of a folder. The collector needs no access keys, so the
 * files may leave them out. Read once: a change counts from the next start.
 *
 * @throws Fault CONFIG_* as loadSite does; CONFIG_READ when there is no such folder; CONFIG_VALUE
 *   when two files speak for one site
 */
export async function openSiteBook(folder: string): Promise<SiteBook> {
  if (!existsSync(folder)) {
    throw new Fault('CONFIG_READ', folder, 'a folder of site files', 'none of that name')
  }
  const known = new Map<string, { readonly site: Site; readonly file: string }>()
  const profiles = new Set<string>()
  for (const name of readdirSync(folder).filter((entry) => /\.ya?ml$/.test(entry))) {
    const { site, file, profile } = await loadSite(join(folder, name))
    const other = known.get(site.site)
    if (other !== undefined) {
      throw new Fault(
        'CONFIG_VALUE',
        `${file}: site`,
        'one file for each site',
        `${other.file} too`,
      )
    }
    known.set(site.site, { site, file })
    profiles.add(profile.file)
  }
  return { site: (name) => known.get(name)?.site ?? null, profiles: [...profiles] }
}
