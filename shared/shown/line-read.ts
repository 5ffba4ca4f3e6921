import type { Profile, Requirement, RequirementKind } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'
import { judgedLines } from '../verdict/judged-line.ts'

/**
 * How a line of the contract is read at this site. Findings do not bear it, for they are what evidence is held
 * against: it is had from the profile whenever they are shown.
 */
export interface LineRead {
  readonly id: string
  readonly kind: RequirementKind
  /** Its line number in the profile's source. */
  readonly line: number
  readonly reading: string
  /** What is open or odd in the source, and what was assumed of it; left out: nothing is. */
  readonly why?: string | undefined
}

/** Of all lines that some findings speak of, in the profile's order. */
export function linesRead(
  profile: Profile,
  site: Site | null,
  findings: readonly { readonly id: string }[],
): readonly LineRead[] {
  const ids = new Set(findings.map(({ id }) => id))
  return judgedLines(profile, site)
    .filter(({ requirement }) => ids.has(requirement.id))
    .map(({ requirement }) => lineRead(requirement))
}

export function lineRead({ id, kind, line, reading, why }: Requirement): LineRead {
  return { id, kind, line, reading, ...(why === undefined ? {} : { why }) }
}

/** `line 517, read as: UDP as printed, both ways. 8088 is also ...` */
export function readText({ line, reading, why }: Omit<LineRead, 'id' | 'kind'>): string {
  return `line ${line}, read as: ${[reading, why ?? ''].join(' ').trim()}`
}
