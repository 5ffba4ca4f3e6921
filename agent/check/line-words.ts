import { linesForSite } from '../../shared/profile/lines.ts'
import type { Profile, Requirement, RequirementKind } from '../../shared/profile/schema.ts'
import type { Site } from '../../shared/profile/site.ts'
import { lineRead, readText } from '../../shared/shown/line-read.ts'

/** What a table calls a line of the profile. */
export interface LineWords {
  /** At most {@link LONGEST} characters: what is looked at. */
  readonly name: string
  readonly kind: RequirementKind
  /** Where it stands in the profile's source, and how it is read there. */
  readonly source: string
}

export type WordsById = ReadonlyMap<string, LineWords>

const LONGEST = 22

/** Short names of all lines, as they hold for this site. */
export function lineWords(profile: Profile, site: Site): WordsById {
  return new Map(
    linesForSite(profile, site).map(({ requirement }) => {
      const { id, kind } = requirement
      const name = clipped(nameOf(requirement), LONGEST)
      return [id, { name, kind, source: readText(lineRead(requirement)) }]
    }),
  )
}

function nameOf(line: Requirement): string {
  switch (line.kind) {
    case 'ports':
      return `ports: ${line.service}`
    case 'dns-a':
      return `A ${line.name}`
    case 'dns-srv':
      return `SRV ${line.name}`
    case 'dhcp-option':
      return `DHCP option ${line.option}`
    default:
      return NAMES[line.kind]
  }
}

type Plain = Exclude<RequirementKind, 'ports' | 'dns-a' | 'dns-srv' | 'dhcp-option'>
const NAMES: { readonly [K in Plain]: string } = {
  'one-way-delay': 'one-way delay',
  jitter: 'jitter',
  'segment-loss': 'packet loss',
  marking: 'DSCP mark',
  bandwidth: 'bandwidth',
  qos: 'priority of voice',
  duplex: 'full duplex',
  vlan: 'voice VLAN',
}

/** Cut with a sign that it was; the id beside it stays whole. */
function clipped(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 3).trimEnd()}...`
}
