import { linesForSite } from '../profile/lines.ts'
import type { Profile, Requirement } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'

/** One line of the profile as it is judged here. */
export interface JudgedLine {
  readonly requirement: Requirement
  /** What the site file must still give; null when nothing is missing. */
  readonly missing: string | null
  /** Why the parties left the line out; null when they did not. */
  readonly waived: string | null
}

/** What is missing where no site file is known at all. */
export const WHOLE_SITE_FILE = 'the site file'

/** The lines to judge, in the profile's order. Without a site file nothing that it would give is known. */
export function judgedLines(profile: Profile, site: Site | null): readonly JudgedLine[] {
  if (site !== null) return linesForSite(profile, site)
  return profile.requirements.map((requirement) => {
    const ofSite =
      requirement.kind === 'ports' && (requirement.dynamic || requirement.farEnds === 'none')
    const open = ofSite || requirement.example === true
    return { requirement, missing: open ? WHOLE_SITE_FILE : null, waived: null }
  })
}
