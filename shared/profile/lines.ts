import type { Profile, Requirement, RequirementOf } from './schema.ts'
import type { Site } from './site.ts'

/** One line of the profile as it holds for one site. */
export interface SiteLine {
  /** With the site's values in the place of the profile's. */
  readonly requirement: Requirement
  /** Key of the site file without which nothing can be tested (`needs-site-value`); else null. */
  readonly missing: string | null
  /** Why the parties left this line out here; a waived line never decides the roll-up. Else null. */
  readonly waived: string | null
  /** Hosts the site names for a port row, instead of the far end's responder. */
  readonly hosts: readonly string[] | null
}

/**
 * The profile's lines as they hold for one site, in the profile's order: the site's zones, records,
 * options, ranges and directions take the place of printed examples and assumptions. Limits cannot
 * be changed by a site. Nothing is guessed: an example without the site's own value is `missing`.
 */
export function linesForSite(profile: Profile, site: Site): readonly SiteLine[] {
  return profile.requirements.map((line) => {
    const { requirement, missing } = resolve(line, profile, site)
    const waived = site.waive?.[line.id] ?? null
    return {
      requirement: waived === null ? requirement : { ...requirement, required: false },
      missing,
      waived,
      hosts: site.ports?.[line.id]?.hosts ?? null,
    }
  })
}

/** Those of some ids that no line of the profile has. */
export function lacking(profile: Profile, ids: readonly string[]): readonly string[] {
  return ids.filter((id) => !profile.requirements.some((line) => line.id === id))
}

interface Resolved {
  readonly requirement: Requirement
  readonly missing: string | null
}

function resolve(line: Requirement, profile: Profile, site: Site): Resolved {
  switch (line.kind) {
    case 'ports':
      return portRow(line, site)
    case 'dns-a':
    case 'dns-srv':
      return dnsLine(line, profile, site)
    case 'dhcp-option':
      return dhcpLine(line, profile, site)
    case 'bandwidth':
      return { requirement: line, missing: site.peakCalls === undefined ? 'peakCalls' : null }
    default:
      return { requirement: line, missing: null }
  }
}

function portRow(row: RequirementOf<'ports'>, site: Site): Resolved {
  const own = site.ports?.[row.id]
  const requirement = {
    ...row,
    reading: readingAt(row, own),
    initiator: own?.initiator ?? row.initiator,
    // What the site states of its own network is no longer an assumption.
    confidence: own?.initiator === undefined ? row.confidence : ('high' as const),
    match: own?.match ?? row.match,
  }
  const atHosts = own?.hosts !== undefined
  if (!atHosts && !isStoodFor(row, site)) return { requirement, missing: `ports.${row.id}.hosts` }
  if (!row.dynamic) return { requirement, missing: null }
  if (site.rtpPorts === undefined) return { requirement, missing: 'rtpPorts' }
  return { requirement: { ...requirement, udp: [site.rtpPorts] }, missing: null }
}

/** How the row is read here: an assumption that the site file corrects is told with what it says. */
function readingAt({ reading }: RequirementOf<'ports'>, own: PortOverride | undefined): string {
  const opens = { site: 'the site', dc: 'the data centre', both: 'either side' }
  return [
    reading,
    own?.initiator === undefined ? '' : `By the site file ${opens[own.initiator]} opens it.`,
    own?.match === 'any' ? 'By the site file one of the ports is enough.' : '',
  ]
    .filter((text) => text !== '')
    .join(' ')
}

type PortOverride = NonNullable<Site['ports']>[string]

/**
 * Whether a far end can stand for the servers of a row: the site's own have none there, and the Internet
 * path is not seen over another circuit, whatever is open on that.
 */
function isStoodFor(row: RequirementOf<'ports'>, { farEnds: { primary, secondary } }: Site) {
  if (row.farEnds === 'none') return false
  const atInternet = [primary, secondary].some((farEnd) => farEnd?.path === 'Internet')
  return row.path !== 'Internet' || atInternet
}

function dnsLine(
  line: RequirementOf<'dns-a'> | RequirementOf<'dns-srv'>,
  profile: Profile,
  site: Site,
): Resolved {
  const own = site.dns?.records?.[line.id]
  const zone = inZone(line.zone, profile, site)
  const name = own?.name ?? line.name
  const free = line.example !== true || site.dns?.asPrinted === true
  if (line.kind === 'dns-a') {
    const missing = free || own?.value !== undefined ? null : `dns.records.${line.id}.value`
    return { requirement: { ...line, zone, name, value: own?.value ?? line.value }, missing }
  }
  const requirement = {
    ...line,
    zone,
    name,
    target: own?.target ?? inZone(line.target, profile, site),
    port: own?.port ?? line.port,
    priority: own?.priority ?? line.priority,
    weight: own?.weight ?? line.weight,
  }
  const missing = free || own?.target !== undefined ? null : `dns.records.${line.id}.target`
  return { requirement, missing }
}

function dhcpLine(line: RequirementOf<'dhcp-option'>, profile: Profile, site: Site): Resolved {
  const own = site.dhcp?.options?.[line.id]
  if (line.match === 'primary-server') {
    const expect = own ?? site.primaryServer
    if (expect !== undefined) return { requirement: { ...line, expect }, missing: null }
    const missing = site.dns?.asPrinted === true ? null : 'primaryServer'
    return { requirement: line, missing }
  }
  if (line.type === 'vlan-id') {
    const expect = own ?? site.voiceVlan?.toString()
    if (expect === undefined) return { requirement: line, missing: null }
    // It is asked for where VLANs are in use: who names one uses them.
    const reading = `${expect}, as the site file says: phones with a VLAN of their own are told it.`
    return { requirement: { ...line, expect, match: 'exact', reading }, missing: null }
  }
  const expect = own ?? (line.expect === undefined ? undefined : inZone(line.expect, profile, site))
  if (expect === undefined) return { requirement: line, missing: null }
  const missing = line.example === true && own === undefined ? `dhcp.options.${line.id}` : null
  return { requirement: { ...line, expect }, missing }
}

/** Puts the site's zones in the place of the source's, at the end of a name or inside a URL's host. */
function inZone(text: string, profile: Profile, site: Site): string {
  if (profile.dns === undefined) return text
  const swaps = [
    [profile.dns.serviceZone, site.dnsZone],
    [profile.dns.searchDomain, site.searchDomain],
  ] as const
  for (const [printed, own] of swaps) {
    if (own === undefined) continue
    const literal = printed.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const swapped = text.replace(
      new RegExp(`(^|\\.)${literal}(?=$|[:/])`, 'i'),
      (_whole, dot: string) => `${dot}${own}`,
    )
    if (swapped !== text) return swapped
  }
  return text
}
